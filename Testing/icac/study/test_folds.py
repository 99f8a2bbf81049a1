from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from icac.errors import InputError
from icac.study.folds import assign_folds, fold_manifest
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
