"""Everything that reads, as commands and panel call it; what comes of it is checked for sense."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import product
from pathlib import Path

import numpy as np
from icac.ct import check_ct, read_ct
from icac.ct.masks import place_mask, read_mask
from icac.errors import InputError
from icac.geometry import Volume

from Testing.fuzz.whole_images import FRAME, small_ct
from Testing.fuzz.whole_records import straight_courses


def as_ct(path: Path) -> None:
    """Read a CT, check it, and list the series of a folder."""
    if path.is_dir():
        from icac.ct.read import list_series

        assert all(str(one) for one in list_series(path))
    scan = read_ct(path)
    _check_sense(scan.volume)
    assert scan.volume.array.size * 4 < 64 << 20, "far more voxels than the file can hold"
    with suppress(InputError):  # a small CT shows no head
        check_ct(scan)
        assert np.isfinite(scan.volume.array).all(), "voxels that are no numbers passed the check"


def as_mask(path: Path) -> None:
    """Read a mask and lay it on a CT."""
    _place(read_mask(path))


def as_segment(path: Path) -> None:
    """Read one segment by its name, and all."""
    _place(read_mask(path, "ICAC"))
    as_mask(path)


def as_sidecar(path: Path) -> None:
    """Read the CT beside which it lies."""
    scan = read_ct(path.with_suffix(".nii"))
    _check_sense(scan.volume)
    assert np.array_equal(scan.volume.array, small_ct().array)
    assert scan.thickness_mm is None or scan.thickness_mm > 0
    assert all(isinstance(text, str) for text in scan.identity.values())


def as_report(path: Path) -> None:
    """Read a report wherever it is read: comparison, evaluation, worklist."""
    from icac.compare.inputs import read_compared
    from icac.evaluation.cases.case_input import CaseInput
    from icac.evaluation.cases.read_case import read_case
    from icac.worklist import find_cases

    folder, scan, mask = path.parent, path.parent.parent / "scan.nii", path.parent.parent / "mask.nii.gz"
    find_cases(folder.parent, folder)
    read_case(CaseInput("a", folder / "icac.nii.gz", mask, None, scan, path))
    assert np.isfinite(read_compared(scan, folder, mask).ct.array).all()


def as_compared(path: Path) -> None:
    """Measure a result anew, to be compared with that of another day."""
    from icac.change.read import Given, measured

    found = measured(Given(str(path.parent), "A", ct=str(path.parent.parent / "scan.nii")))
    assert found.lesions and all(np.isfinite(lesion.volume_mm3) for lesion in found.lesions)
    assert found.protocol.thickness_mm > 0 and not found.protocol.noise_sd_hu < 0


def as_norms(path: Path) -> None:
    """Read norms, and tell where people lie among them."""
    from icac.norms import Norms, Person

    norms = Norms.load(path)
    for person, volume in product((Person(55.0, "female"), Person(62.5, "male"), Person(69.9)), (0.0, 12.5, 1e6)):
        with suppress(InputError):  # too few of that age
            rank = norms.rank(volume, person)
            assert 0 <= rank.low <= rank.percentile <= rank.high <= 100, rank
            assert rank.statement and rank.record()


def as_people(path: Path) -> None:
    """Read the age and sex of people."""
    from icac.norms import read_people

    assert all(person.age is None or 0 <= person.age <= 120 for person in read_people(path).values())


def as_outcomes(path: Path) -> None:
    """Join a table to that of a cohort."""
    from icac.cohort.results.subject_tables import write_subject_tables

    written = write_subject_tables(path.parent / "cohort", path)
    assert written.subjects >= 2 and all(file.stat().st_size for file in written.files.values())


def as_review(path: Path) -> None:
    """Restore the session of a review."""
    from icac.review import ReviewSession
    from icac.review.record import read_record

    session = ReviewSession.restore(read_record(path), small_ct(), None, straight_courses())
    session.undo()
    assert session.mask.shape == FRAME.shape and session.totals.standing.both.volume_mm3 >= 0


def as_worklist(path: Path) -> None:
    """Open a worklist, look at everything in it and change something."""
    from icac.worklist import open_worklist

    folder = _worklist_of(path)
    with open_worklist(folder.parent / "cases.csv", "R", folder, take_over=True) as worklist:
        for case in worklist.cases:
            assert worklist.state(case.name).total_seconds >= 0
            worklist.review(case.name)
            mask = worklist.mask_path(case.name)
            assert mask is None or worklist.folder in mask.parents, "a mask outside of the worklist"
        comparison = worklist.blinded()
        assert comparison.open_cases or comparison.unblind()
        worklist.set_comment("looked at")


def as_lock(path: Path) -> None:
    """Open a worklist that others have open, and take it over."""
    from icac.worklist import LockedError, open_worklist

    folder = _worklist_of(path)
    cases = folder.parent / "cases.csv"
    with suppress(LockedError), open_worklist(cases, "R", folder) as worklist:
        assert worklist.counts()
    with open_worklist(cases, "R", folder, take_over=True) as worklist:
        worklist.set_comment("taken over")


def as_model(path: Path) -> None:
    """Bring in a model and load its network."""
    from icac.models import ModelPackage, import_model

    os.environ["ICAC_MODELS"] = str(path.parent / "out")
    package = import_model(path)
    network = ModelPackage.load(package.folder).load_network()
    assert all(bool(values.isfinite().all()) for values in network.state_dict().values())


def as_manifest(path: Path) -> None:
    """Read a manifest of training cases."""
    from icac.trainingset.manifest import read_manifest

    assert read_manifest(path).cases
    read_manifest(path, splits=False)


def as_worklist_table(path: Path) -> None:
    """Find the cases of a table."""
    from icac.worklist import find_cases

    assert find_cases(path).cases


def as_cohort_table(path: Path) -> None:
    """Find the scans of a table."""
    from icac.cohort.scans.discover import find_scans

    scans = find_scans(path)
    assert len({scan.folder for scan in scans}) == len(scans) > 0
    assert all(".." not in scan.folder and not Path(scan.folder).is_absolute() for scan in scans)


def as_evaluation_table(path: Path) -> None:
    """Find the cases of a table."""
    from icac.evaluation.cases.find_cases import cases_of_table

    assert cases_of_table(path)


def as_decisions(path: Path) -> None:
    """Read what readers decided."""
    from icac.cohort.page.decisions import merge, read_decisions

    assert merge({"sub-1": "k1", "sub-2": ""}, [], read_decisions(path)).decisions is not None


def as_training_case(path: Path) -> None:
    """Read a training case."""
    from icac.trainingset.cases import read_case

    case = read_case(path)
    assert case.hu.shape == case.label.shape and case.hu.ndim == 3


def as_training_settings(path: Path) -> None:
    """Read the settings of a training."""
    from icac.training.settings.read import config_from, read_config

    config = read_config(str(path))
    assert config_from(config.to_dict()) == config


def as_score_rules(path: Path) -> None:
    """Read rules of visual scores."""
    from icac.scores import load_rules

    assert all(points >= 0 for item in load_rules(path).points.values() for points in item.values())


def as_score_readings(path: Path) -> None:
    """Read what readers made of visual scores, and add to it."""
    from icac.scores.reading import add_reading, load_readings

    before = load_readings(path)
    if before:
        assert load_readings(add_reading(path, before[-1])) == [*before, before[-1]]


def as_case_scan(path: Path) -> None:
    """Read the scan that a training case keeps, and its pose."""
    from icac.trainingset.case_scan import CaseScan, pose_of_case

    scan = CaseScan.read(path)
    if scan is not None:
        _check_sense(scan.ct)
        assert scan.icac.array.shape == scan.ct.array.shape
    assert np.isfinite(pose_of_case(path)).all() and pose_of_case(path).shape == (4, 4)


def as_wrong_voxels(path: Path) -> None:
    """Read where a model was wrong."""
    from icac.training.patches.wrong_voxels import read_wrong_voxels

    assert all(positions.shape[1:] == (3,) for positions in read_wrong_voxels(path, ["a", "b", "c"]))


def as_checkpoint(path: Path) -> None:
    """Read a checkpoint."""
    from icac.training.engine.checkpoint import load_checkpoint

    load_checkpoint(path)


def as_finished_part(path: Path) -> None:
    """Read what is known of a finished part."""
    from icac.study.finished import read_finished

    read_finished(path, "ab" * 32)


def as_earlier_run(path: Path) -> None:
    """Compare a run with an earlier one."""
    from icac.evaluation.statistics.two_runs import paired_tests, read_run

    this = [dict.fromkeys(("dice", "sensitivity", "ppv", "absolute_difference_mm3", "false_lesions", "assd_mm"), 0.5)
            | {"case": name} for name in "ab"]
    assert paired_tests(this, read_run(path.parent), path.parent)


def as_cohort(path: Path) -> None:
    """Write tables and page of a cohort anew."""
    from icac.cohort.results.collect import collect

    assert all(written.stat().st_size for written in collect(path))


def _worklist_of(path: Path) -> Path:
    return next(folder for folder in path.parents if folder.name == "worklist")


def _place(mask: Volume) -> None:
    _check_sense(mask)
    assert mask.array.dtype == bool
    place_mask(mask, FRAME)


def _check_sense(volume: Volume) -> None:
    assert np.isfinite(volume.frame.affine).all() and volume.frame.voxel_volume_mm3 > 0, volume.frame.affine
    assert volume.array.shape == volume.frame.shape
