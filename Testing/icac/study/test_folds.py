from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from icac.errors import InputError
from icac.study.folds import assign_folds, choosing_by, fold_manifest
from icac.trainingset.manifest import Manifest, ManifestCase


def manifest(patients: list[str]) -> Manifest:
    cases = [ManifestCase(f"case{n}", "", Path(f"case{n}.npz"), None, p) for n, p in enumerate(patients)]
    return Manifest(Path("m.csv"), tuple(cases), "0" * 64)


MANY = [f"p{n // 3}" for n in range(60)] + [f"single{n}" for n in range(11)]


def test_patients_stay_together_in_folds_of_like_size():
    found = assign_folds(manifest(MANY), 5)
    assert set(found) == {f"case{n}" for n in range(71)}
    by_patient: dict[str, set[int]] = {}
    for case, patient in zip(sorted(found, key=lambda c: int(c[4:])), MANY, strict=True):
        by_patient.setdefault(patient, set()).add(found[case])
    assert all(len(folds) == 1 for folds in by_patient.values())
    sizes = Counter(found.values())
    assert set(sizes) == {1, 2, 3, 4, 5} and max(sizes.values()) - min(sizes.values()) <= 1


def test_folds_do_not_depend_on_the_order_of_rows():
    one = manifest(MANY)
    other = Manifest(one.path, tuple(reversed(one.cases)), "1" * 64)
    assert assign_folds(one, 4) == assign_folds(other, 4)


def test_each_case_is_predicted_once_by_a_network_that_never_saw_its_patient():
    every = manifest(MANY)
    fold_of = assign_folds(every, 4)
    tested: list[str] = []
    identities = set()
    for fold in range(1, 5):
        part = fold_manifest(every, fold_of, fold)
        tested += [case.name for case in part.of_split("test")]
        seen = {case.patient for split in ("train", "validation") for case in part.of_split(split)}
        assert not seen & {case.patient for case in part.of_split("test")}
        assert part.of_split("validation") and part.of_split("train")
        identities.add(part.sha256)
    assert sorted(tested) == sorted(fold_of)
    assert len(identities) == 4


@pytest.mark.parametrize(("folds", "words"), [(2, "at least 3 folds"), (32, "31 patients cannot be divided")])
def test_impossible_folds_are_refused(folds, words):
    with pytest.raises(InputError, match=words):
        assign_folds(manifest(MANY), folds)


def test_cases_without_a_label_are_only_learnt_from_and_never_with_their_patient_held_out():
    """Of every second patient one more scan has no label; of ten others there is none that has one."""
    labelled = [ManifestCase(f"case{n}", "", Path(f"case{n}.npz"), None, f"p{n}") for n in range(12)]
    more = [ManifestCase(f"more{n}", "", Path("x.npz"), None, f"p{n}", drawn="none") for n in range(0, 12, 2)]
    others = [ManifestCase(f"other{n}", "", Path("x.npz"), None, f"q{n}", drawn="none") for n in range(10)]
    every = Manifest(Path("m.csv"), (*others, *more, *labelled), "0" * 64)
    fold_of = assign_folds(every, 3)
    assert Counter(fold_of[case.name] for case in labelled) == {1: 4, 2: 4, 3: 4}
    assert {fold_of[case.name] for case in others} == {0}
    for fold in range(1, 4):
        part = fold_manifest(every, fold_of, fold)
        held_out = {case.patient for split in ("validation", "test") for case in part.of_split(split)}
        assert len(held_out) == 8 and all(case.labelled for case in part.cases if case.split != "train")
        assert {case.patient for case in part.unlabelled} == {case.patient for case in (*more, *others)} - held_out
    with pytest.raises(InputError, match="12 patients cannot be divided into 13"):
        assign_folds(every, 13)


def test_each_fold_chooses_once_and_the_test_split_stays():
    every = Manifest(Path("m.csv"), (
        *(ManifestCase(f"case{n}", "train", Path(f"case{n}.npz"), None, f"p{n // 2}") for n in range(12)),
        ManifestCase("more", "train", Path("x.npz"), None, "p1", drawn="none"),
        ManifestCase("test", "test", Path("x.npz"), None, "t")), "0" * 64)
    fold_of = assign_folds(Manifest(every.path, every.cases[:-1], every.sha256), 3)
    chosen: list[str] = []
    for fold in range(1, 4):
        part = choosing_by(every, fold_of, fold)
        assert [case.name for case in part.of_split("test")] == ["test"]
        validation = {case.patient for case in part.of_split("validation")}
        assert not validation & {case.patient for case in part.of_split("train")}
        assert bool(part.unlabelled) is ("p1" not in validation)
        chosen += [case.name for case in part.of_split("validation")]
    assert sorted(chosen) == sorted(case.name for case in every.cases[:12])
