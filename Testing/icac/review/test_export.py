from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.anatomy import Side
from icac.correct import Patch
from icac.ct import read_ct
from icac.errors import OutputError
from icac.geometry import Volume
from icac.review import ReviewSession, Status
from icac.review.corrected import CORRECTED_COLUMNS, corrected_report, is_corrected
from icac.review.export import CORRECTED_NAMES, RECORD, write_corrected
from icac.review.record import read_record


def _review(session: ReviewSession) -> None:
    session.set_status(1, Status.REJECTED)
    session.set_status(2, Status.ACCEPTED)
    part = session.lesion(3).part
    after = part.mask.copy()
    after[0] = False
    session.apply(Patch(part.box, part.mask, after), "trim", 3)
    session.comment(3, "at the clinoid, \"glued\"")


def test_mask_table_and_report_agree(any_scan, prediction, tmp_path):
    session = any_scan.session()
    _review(session)
    files = write_corrected(tmp_path, session, prediction(any_scan))
    mask = read_ct(files["mask"]).volume
    assert mask.frame.matches(any_scan.ct.frame, 1e-2)
    assert np.array_equal(mask.array, session.labels)
    assert files["mask"].suffix == (".nrrd" if any_scan.ct.frame.is_sheared else ".gz")
    rows = list(csv.DictReader(files["lesions"].open(encoding="utf-8")))
    assert tuple(rows[0]) == CORRECTED_COLUMNS
    assert [int(row["id"]) for row in rows] == [2, 3]
    assert [int(row["voxels"]) for row in rows] == np.bincount(mask.array.ravel())[2:].tolist()
    totals = json.loads(files["report"].read_text(encoding="utf-8"))["corrected"]["totals"]
    assert sum(float(row["volume_mm3"]) for row in rows) == pytest.approx(totals["standing"]["volume_mm3"], abs=1e-3)
    assert rows[1]["comment"] == "at the clinoid, \"glued\""
    assert (rows[0]["status"], rows[0]["reviewed_by"], rows[1]["status"]) == ("accepted", "Reader One", "unreviewed")


def test_the_report_keeps_predicted_corrected_and_review_apart(any_scan, prediction, schemas, tmp_path):
    session, predicted = any_scan.session(), prediction(any_scan)
    _review(session)
    files = write_corrected(tmp_path, session, predicted)
    report = json.loads(files["report"].read_text(encoding="utf-8"))
    schemas("corrected").validate(report)
    assert report["prediction"] == predicted
    assert [lesion["key"] for lesion in report["corrected"]["rejected"]] == [1]
    assert report["corrected"]["algorithm_type"] == "SEMIAUTOMATIC"
    review = report["review"]
    assert review["reviewers"] == ["Reader One"]
    assert (review["begun"], review["ended"]) == ("2024-03-01T09:00:00+00:00", "2024-03-01T09:00:03+00:00")
    assert [action["kind"] for action in review["actions"]] == ["rejected", "accepted", "trim", "comment"]
    assert not review["complete"]
    assert set(report["files"]) == set(files) - {"report"}
    session.set_status(3, Status.ACCEPTED)
    assert corrected_report(session, predicted)["review"]["complete"]


def test_the_segmentation_says_how_it_was_made(scan, prediction, tmp_path):
    session = scan.session()
    session.set_status(2, Status.ACCEPTED)
    assert not is_corrected(session)
    path = write_corrected(tmp_path, session, prediction(scan))["segmentation"]
    assert "SegmentAlgorithmType:AUTOMATIC|" in sitk.ReadImage(str(path)).GetMetaData("Segment0_Tags")
    _review(session)
    path = write_corrected(tmp_path, session, prediction(scan), by_side=True)["segmentation"]
    image = sitk.ReadImage(str(path))
    values = Volume.from_sitk(image).array
    assert "SegmentAlgorithmType:SEMIAUTOMATIC|" in image.GetMetaData("Segment0_Tags")
    for number, side in enumerate(Side):
        keys = [le.key for le in session.mask_lesions if le.measured.side is side]
        assert image.GetMetaData(f"Segment{number}_Name") == f"ICAC {side.value}"
        assert np.array_equal(values == number + 1, np.isin(session.labels, keys))


def test_moving_a_voxel_is_a_correction(session):
    part = session.lesion(3).part
    mask = session.mask
    mask[part.box][0, 0, 0] = False
    mask[part.box[0].start, part.box[1].start, part.box[2].stop] = True
    session.apply(session.patch_to(mask), "brush")
    assert session.totals.standing.both.volume_mm3 == pytest.approx(
        sum(le.measured.volume_mm3 for le in session.predicted.values()))
    assert is_corrected(session)


def test_the_files_of_the_prediction_stay(session, scan, prediction, tmp_path):
    for name in ("icac.nii.gz", "report.json", "lesions.csv"):
        (tmp_path / name).write_text("prediction")
    write_corrected(tmp_path, session, prediction(scan))
    session.set_status(1, Status.REJECTED)
    write_corrected(tmp_path, session, prediction(scan))
    assert {p.name for p in tmp_path.iterdir()} == (
        {"icac.nii.gz", "report.json", "lesions.csv"} | set(CORRECTED_NAMES) - {"icac_corrected.nrrd"})
    assert (tmp_path / "icac.nii.gz").read_text() == "prediction"
    restored = ReviewSession.restore(read_record(tmp_path / "review.json"), scan.ct, scan.probability, scan.courses)
    assert restored.lesion(1).status is Status.REJECTED


def test_nothing_left_and_no_probability(scan, prediction, schemas, tmp_path):
    session = ReviewSession(scan.ct, scan.session().labels, None, scan.courses, reviewer="R")
    for key in (1, 2, 3):
        session.set_status(key, Status.REJECTED)
    files = write_corrected(tmp_path, session, prediction(scan))
    schemas("corrected").validate(json.loads(files["report"].read_text(encoding="utf-8")))
    assert not read_ct(files["mask"]).volume.array.any()
    assert len(files["lesions"].read_text().splitlines()) == 1


def test_unwritable_folders_are_named(session, scan, prediction, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_corrected(tmp_path / "file" / "x", session, prediction(scan))
    assert not (tmp_path / RECORD).exists()
