from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.cli import main
from icac.ct import read_ct, write_volume
from icac.ct.masks import read_mask
from icac.ct.scan import voxels_sha256
from icac.geometry import Frame, Volume
from icac.phantom import mean_head
from icac.report.dicom.terminology import terminology_entry
from icac.report.segmentation_nrrd import NamedMask, write_segments

#: An axial scan in reference space; the alignment in the report is the identity.
FRAMES = {
    "axial": Frame.regular((1.0, 1.0, 1.5), (110, 90, 50), origin=(-55.0, -45.0, -40.0)),
    "sheared": Frame(np.array([[1.0, 0, 0, -55.0], [0, 1.0, 0, -45.0], [0, -0.3, 1.5, -25.0], [0, 0, 0, 1]]),
                     (110, 90, 50)),
}


@pytest.fixture(params=FRAMES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Path]:
    """Two lesions on each course; of the right ones half is predicted, of the left ones one, and one beside."""
    frame = FRAMES[request.param]
    hu = np.random.default_rng(1).normal(40, 5, frame.shape).round().astype(np.int16)
    predicted, roi = np.zeros((2, *frame.shape), dtype=np.uint8)
    for side, course in mean_head().courses.items():
        for n, point in enumerate(course.points[[len(course.points) // 4, -30]]):
            x, y, z = np.round(frame.to_index(point)).astype(int)
            hu[z, y, x:x + 4] = 300
            roi[z - 1:z + 2, y - 1:y + 2, x - 1:x + 5] = 1
            if side.value == "right":
                predicted[z, y, x:x + 2] = 1
            elif n == 0:
                predicted[z, y, x:x + 4] = 1
    hu[5, 6, 7:9] = 500
    predicted[5, 6, 7:9] = 1
    result = tmp_path / "result"
    result.mkdir()
    report = {"registration": {"reference_to_scan_lps_mm": np.eye(4).tolist()}}
    (result / "report.json").write_text(json.dumps(report))
    return {
        "ct": write_volume(Volume(hu, frame), tmp_path / "ct.nrrd"),
        "predicted": write_volume(Volume(predicted, frame), result / "icac.nii.gz"),
        "manual": write_volume(Volume(roi, frame), tmp_path / "roi.nrrd"),
        "folder": tmp_path,
    }


def _run(*arguments: object) -> int:
    return main(["compare", *map(str, arguments)])


def test_figures_are_printed_and_written(case, capsys):
    out = case["folder"] / "out"
    assert _run("--ct", case["ct"], "--predicted", case["predicted"].parent, "--manual", case["manual"], "-o", out) == 0
    text = capsys.readouterr().out
    assert "Manual lesions     3 found, 1 missed" in text
    assert "Predicted lesions  3 true, 1 false" in text
    record = json.loads((out / "agreement.json").read_text(encoding="utf-8"))
    voxel = 1.5
    total = record["total"]
    assert (total["predicted_mm3"], total["manual_mm3"], total["both_mm3"]) == (10 * voxel, 16 * voxel, 8 * voxel)
    assert (total["sensitivity"], total["ppv"], total["dice"]) == (0.5, 0.8, round(16 / 26, 4))
    assert (record["right"]["both_mm3"], record["left"]["both_mm3"]) == (4 * voxel, 4 * voxel)
    assert record["manual_lesions"] == {"found": 3, "missed": 1}
    rows = list(csv.DictReader((out / "lesions_compared.csv").open(encoding="utf-8")))
    assert [row["source"] for row in rows] == ["manual"] * 4 + ["predicted"] * 4
    missed = next(row for row in rows if row["matched"] == "0" and row["source"] == "manual")
    assert (missed["side"], float(missed["volume_mm3"]), missed["partners"]) == ("left", 4 * voxel, "")


def test_the_agreement_is_a_segmentation_of_three(case):
    out = case["folder"] / "out"
    _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", case["manual"], "-o", out)
    names = ("ICAC both", "ICAC predicted only", "ICAC manual only")
    masks = [read_mask(out / "agreement.seg.nrrd", name) for name in names]
    assert [int(mask.array.sum()) for mask in masks] == [8, 2, 8]
    predicted = read_mask(case["predicted"])
    assert masks[0].frame.matches(predicted.frame, 1e-3)
    assert np.array_equal(masks[0].array | masks[1].array, predicted.array)


def test_sides_are_not_guessed(case, capsys):
    (case["predicted"].parent / "report.json").unlink()
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", case["manual"]) == 0
    text = capsys.readouterr().out
    assert "left" not in text
    assert "right" not in text


def test_regions_on_other_voxels_are_resampled_and_said(case, capsys):
    roi = read_mask(case["manual"])
    fine = Frame(roi.frame.affine @ np.diag([0.5, 0.5, 0.5, 1.0]), tuple(2 * n - 1 for n in roi.frame.size))
    moved = write_volume(roi.like(roi.array.astype(np.uint8)).resample(fine, interpolation="nearest"),
                         case["folder"] / "fine.nrrd")
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", moved) == 0
    text = capsys.readouterr().out
    assert "fine.nrrd was drawn on other voxels" in text
    assert "3 found, 1 missed" in text


def test_one_segment_of_several(case, capsys):
    roi = read_mask(case["manual"])
    labels = roi.array.astype(np.uint8)
    labels[:, :, :roi.array.shape[2] // 2] *= 2  # low x is the patient's right
    image = roi.like(labels).to_sitk()
    for number, (name, value) in enumerate((("left side", "1"), ("right side", "2"))):
        image.SetMetaData(f"Segment{number}_Name", name)
        image.SetMetaData(f"Segment{number}_Layer", "0")
        image.SetMetaData(f"Segment{number}_LabelValue", value)
    sitk.WriteImage(image, str(case["folder"] / "drawn.seg.nrrd"))
    arguments = ("--ct", case["ct"], "--predicted", case["predicted"], "--manual", case["folder"] / "drawn.seg.nrrd")
    assert _run(*arguments, "--manual-segment", "left side") == 0
    assert "1 found, 1 missed" in capsys.readouterr().out
    assert _run(*arguments, "--manual-segment", "bone") == 3
    assert "it has left side, right side" in capsys.readouterr().err


def test_wrong_input_is_one_sentence(case, capsys):
    other = read_mask(case["predicted"])
    shifted = Volume(other.array.astype(np.uint8), Frame(other.frame.affine + np.eye(4, k=3) * 0.4, other.frame.size))
    moved = write_volume(shifted, case["folder"] / "moved.nrrd")
    for predicted, words in ((moved, "does not lie on the voxels"), (case["folder"], "holds no icac.nii.gz"),
                             (case["folder"] / "absent.nii.gz", "absent.nii.gz")):
        assert _run("--ct", case["ct"], "--predicted", predicted, "--manual", case["manual"]) == 3
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    (case["predicted"].parent / "report.json").write_text("{}")
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", case["manual"]) == 3
    assert "not a report of 'icac segment'" in capsys.readouterr().err


def test_empty_regions_have_figures(case, capsys):
    roi = read_mask(case["manual"])
    empty = write_volume(roi.like(np.zeros(roi.array.shape, np.uint8)), case["folder"] / "empty.nrrd")
    out = case["folder"] / "out"
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", empty, "-o", out) == 0
    assert "has no voxel within the CT" in capsys.readouterr().out
    total = json.loads((out / "agreement.json").read_text(encoding="utf-8"))["total"]
    assert (total["dice"], total["sensitivity"], total["ppv"]) == (0.0, None, 0.0)


def test_a_region_beside_the_ct_is_refused(case, capsys):
    roi = read_mask(case["manual"])
    away = Volume(roi.array.astype(np.uint8), Frame(roi.frame.affine + np.eye(4, k=3) * 900, roi.frame.size))
    moved = write_volume(away, case["folder"] / "away.nrrd")
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", moved) == 3
    assert "marks no voxel of" in capsys.readouterr().err


def test_several_segments_are_taken_together_and_said(case, capsys):
    roi = read_mask(case["manual"])
    masks = [NamedMask(name, name, (255, 0, 0), terminology_entry(), roi.array) for name in ("left", "right")]
    path = write_segments(masks, roi, case["folder"] / "two.seg.nrrd", "test")
    command = ("--ct", case["ct"], "--predicted", case["predicted"], "--manual", path)
    assert _run(*command) == 0
    assert "has 2 segments (left, right), which were taken together" in capsys.readouterr().out
    assert _run(*command, "--manual-segment", "left") == 0
    assert "taken together" not in capsys.readouterr().out


def test_a_report_of_another_ct_is_told(case, capsys):
    path = case["predicted"].parent / "report.json"
    report = json.loads(path.read_text())
    same = voxels_sha256(read_ct(case["ct"]).volume)
    for checksum, told in ((same, False), ("0" * 64, True)):
        path.write_text(json.dumps({**report, "input": {"voxels_sha256": checksum}}))
        assert _run("--ct", case["ct"], "--predicted", case["predicted"].parent, "--manual", case["manual"]) == 0
        assert ("another patient" in capsys.readouterr().out) is told


def test_numbers_that_are_none_in_a_report_are_refused(case, capsys):
    path = case["predicted"].parent / "report.json"
    path.write_text('{"registration": {"reference_to_scan_lps_mm": [[NaN,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}}')
    assert _run("--ct", case["ct"], "--predicted", case["predicted"].parent, "--manual", case["manual"]) == 3
    assert "is not a report" in capsys.readouterr().err


def test_an_input_is_not_overwritten(case, capsys):
    folder = case["folder"]
    drawn = case["manual"].rename(folder / "agreement.seg.nrrd")
    before = drawn.read_bytes()
    assert _run("--ct", case["ct"], "--predicted", case["predicted"], "--manual", drawn, "-o", folder) == 7
    assert drawn.read_bytes() == before
