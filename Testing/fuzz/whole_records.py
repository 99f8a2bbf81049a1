"""Whole records before the damage: a folder of results, a review, a worklist, a cohort, a model, tables, training data.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from icac.anatomy import Course, Side

from Testing.fuzz.whole_images import small_ct, small_mask, write_ct, write_mask

#: Rows of tables whose files :func:`write_table_files` makes, the names of the columns first.
MANIFEST = (("case", "split", "image", "label", "patient", "protocol"),
            ("a", "train", "scan.nii", "mask.nii.gz", "p1", "x"),
            ("b", "validation", "scan.nii", "mask.nii.gz", "p2", ""),
            ("c", "test", "scan.nii", "mask.nii.gz", "p3", ""))
WORKLIST = (("case", "image", "roi", "result", "patient", "split"),
            ("a", "scan.nii", "mask.nii.gz", "results", "p1", "train"), ("b", "scan.nii", "", "", "p2", ""))
SCANS = (("path", "subject", "session", "series"), ("scan.nii", "1", "2", ""), ("scan.nii", "2", "", "3"))
CASES = (("case", "pred", "truth", "probability", "ct", "report", "split", "protocol"),
         ("a", "mask.nii.gz", "mask.nii.gz", "", "scan.nii", "results/report.json", "test", "x"),
         ("b", "scan.nii", "mask.nii.gz", "", "", "", "", ""))
RUN = (("case", "dice", "sensitivity", "ppv", "absolute_difference_mm3", "false_lesions", "assd_mm"),
       ("a", "0.8", "0.9", "0.7", "2.5", "1", ""), ("b", "0.6", "0.5", "1", "12", "0", "0.4"))
DECISIONS = (("scan", "key", "decision", "note", "reviewer", "decided"),
             ("sub-1", "k1", "accepted", "ok", "R", "2026-01-01T10:00:00Z"),
             ("sub-2", "", "flagged", "bad", "R", "2026-01-01T11:00:00Z"))
PEOPLE = (("subject", "session", "age", "sex"), ("1", "", "61.5", "F"), ("2", "a", "70", "male"), ("3", "", "", "w"))
OUTCOMES = (("Patient ID", "participant_id", "session", "stroke"), ("x", "1", "", "yes"), ("y", "sub-2", "", "no"),
            ("z", "9", "2", "yes"))


def straight_courses() -> dict[Side, Course]:
    """Return straight carotids through the small CT."""
    z = np.arange(0, 60, 0.5)
    return {side: Course(side, np.stack([np.full_like(z, 20.0 * side.sign_x_lps), np.zeros_like(z), z], axis=1),
                         np.full_like(z, 2.0), 2 + (z // 10).astype(int)) for side in Side}


def write_results(folder: Path) -> Path:
    """Write the folder of results of the small CT, and the CT and a drawn region beside it."""
    from icac.ct import CTScan
    from icac.lesions import find_lesions, measure_burden
    from icac.registration import Registration
    from icac.report import ModelIdentity, ReportContent
    from icac.report.record import build_record, write_record

    folder.mkdir(parents=True)
    ct, mask, courses = small_ct(), small_mask().array, straight_courses()
    probability = np.where(mask, np.float32(0.75), np.float32(0))
    found = find_lesions(mask, ct, probability, courses)
    content = ReportContent(
        CTScan(ct, folder.parent / "scan.nii", "nifti", {"sha256": "ab" * 32}), found.labels, probability,
        tuple(found.lesions), measure_burden(found.lesions, ct, probability, courses), courses,
        Registration(np.eye(4), 0.8, 1.5, None), ModelIdentity("tiny", "1.0", "cd" * 32, "A test."), "CPU", 0.5)
    write_mask(folder / "icac.nii.gz")
    write_record(build_record(content, {"mask": "icac.nii.gz"}), folder / "report.json")
    write_table_files(folder.parent)
    return folder


def write_table_files(folder: Path) -> None:
    """Write the files that tables name, but for the folder of results."""
    write_ct(folder / "scan.nii")
    write_mask(folder / "mask.nii.gz")


def write_review(path: Path) -> Path:
    """Write the record of a review with two steps, one of them undone."""
    from icac.review import ReviewSession, Status

    session = ReviewSession(small_ct(), small_mask().array, None, straight_courses(), threshold=0.5, reviewer="R")
    for lesion in session.lesions[:2]:
        session.set_status(lesion.key, Status.REJECTED)
    session.undo()
    path.write_text(json.dumps(session.record()), encoding="utf-8")
    return path


def write_score_rules(path: Path) -> None:
    """Write the rules of visual scores that come with the library."""
    from icac.scores.rules import USUAL_PATH

    path.write_bytes(USUAL_PATH.read_bytes())


def write_score_readings(path: Path) -> Path:
    """Write the visual scores of two readers."""
    from icac.scores import usual_rules
    from icac.scores.grades import ITEMS
    from icac.scores.reading import Reading, add_reading

    first, last = ({side: {item: list(grades)[place] for item, grades in ITEMS.items()} for side in Side}
                   for place in (0, -1))
    for by, grades in (("A. Reader", first), ("B. Reader", last)):
        add_reading(path, Reading.now(by, grades, first, usual_rules()))
    return path


def write_worklist(folder: Path) -> Path:
    """Write a worklist of two cases in which everything was used once; its cases are in ``cases.csv`` beside it."""
    from icac.worklist import CaseStatus, open_worklist

    write_results(folder.parent / "results")
    cases = folder.parent / "cases.csv"
    cases.write_text("\n".join(map(",".join, WORKLIST)), encoding="utf-8")
    with open_worklist(cases, "R", folder) as worklist:
        for name in "ba":
            worklist.go(name)
            worklist.set_comment("seen")
            worklist.save_mask(small_mask())
            worklist.save_review({"format": "1.0", "actions": []})
            worklist.set_status(CaseStatus.DONE)
        worklist.blinded("seed").choose("a", "left")
        worklist.set_design(blind_to_model=True, reads=2)
    return folder


def write_model(folder: Path) -> Path:
    """Write a package with the narrowest network, and a gate."""
    import torch
    from icac.models import IntensityScaling, ModelSpec, save_gate, save_package
    from icac.network import FCN, FcnConfig
    from icac.ood import Gate

    torch.manual_seed(1)
    spec = ModelSpec("tiny", "1.2", "A tiny model.", FcnConfig(width=2), IntensityScaling(-200, 1000, 400, 600),
                     "nothing", "Apache-2.0", True)
    package = save_package(folder, spec, FCN(FcnConfig(width=2)).state_dict())
    save_gate(folder, package, Gate(np.arange(8.0), np.diag(1 + np.arange(8.0)), 1.4, 0.01, 300, 120, "nothing",
                                    package.spec.stored.sha256))
    return folder


def write_norms(path: Path) -> Path:
    """Write the norms of a hundred people."""
    from icac.norms import Measured, Person
    from icac.norms.fit import fit_norms

    people = [Person(50 + number / 5, ("female", "male")[number % 2]) for number in range(100)]
    return fit_norms("here", people, [max(number - 20.0, 0.0) for number in range(100)],
                     Measured("tiny", "1.2", "ab" * 32, {"threshold": "0.5"}))[0].save(path)


def write_training_case(path: Path) -> Path:
    """Write a training case on the network's grid."""
    ct, mask = small_ct().array, small_mask().array.astype(np.uint8)
    np.savez_compressed(path, hu=ct, label=mask, artery=mask)
    return path


def write_case_with_scan(path: Path) -> Path:
    """Write a training case that keeps its scan."""
    from icac.trainingset.case_scan import CaseScan

    ct, mask = small_ct(), small_mask()
    scan = CaseScan(ct, mask.like(mask.array.astype(np.uint8)), np.eye(4))
    np.savez_compressed(path, hu=ct.array, label=scan.icac.array, **scan.arrays())
    return path


def write_wrong_voxels(path: Path) -> Path:
    """Write where a model was wrong in two cases."""
    from icac.training.patches import wrong_voxels

    wrong_voxels.write_wrong_voxels(path, {"a": np.zeros((3, 3), np.int16), "b": np.ones((1, 3), np.int16)})
    return path


def write_checkpoint(path: Path) -> Path:
    """Write a checkpoint of a training."""
    import torch
    from icac.training.engine.checkpoint import save_checkpoint

    save_checkpoint({"step": 3, "network": {"weight": torch.ones(2, 3)}}, path)
    return path


def write_finished_part(path: Path) -> Path:
    """Write the record of a finished part of a study."""
    from icac.study.finished import write_finished

    write_finished(path, "ab" * 32, {"seconds": 1.5, "cases": ["a"]})
    return path


def write_cohort(folder: Path) -> Path:
    """Write the folder of a cohort of one finished and one failed scan, through the store."""
    from icac.cohort.scans.discover import find_scans
    from icac.cohort.store.folder import Store

    images = folder.parent / "in"
    for name in ("1", "2"):
        write_ct(images / f"{name}.nii")
    store, scans = Store(folder).begin_run(), find_scans(images)
    store.save_cohort(scans, {"model": "tiny"}, "ab" * 32)
    origin = {"fingerprint": "f", "identity_sha256": "ab" * 32}
    row = {"volume_mm3": 12.5, "lesions": 2, "quality": 0.9}
    temporary = store.new_folder(scans[0])
    store.commit(temporary, scans[0], origin | {
        "name": scans[0].name, "key": "k1", "content_sha256": "cd" * 32, "source": scans[0].to_dict(),
        "created": "2026-01-01T00:00:00+00:00", "icac": "0", "host": "here", "output_bytes": 7, "files": {},
        "seconds": {"read": 0.5}, "row": row, "lesions": [{"id": 1, "volume_mm3": 12.5}]})
    store.record_failure(scans[1], origin | {"kind": "input", "reason": "damaged"})
    store.end_run()
    return folder

