"""Results as DICOM through the command line: of one scan, and of a cohort."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.cli import main
from icac.cohort import Segmentation
from icac.cohort.run.computation import identity_sha256
from icac.errors import InputError
from pydicom.uid import CTImageStorage, generate_uid

pytest.importorskip("highdicom", reason="highdicom is not installed: pip install 'icac[dicom]'")

_PLACE = Path(__file__).resolve().parents[2] / "report" / "dicom" / "conftest.py"
_spec = importlib.util.spec_from_file_location("icac_test_dicom_series", _PLACE)
series = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(series)


def write_ct(ct, folder: Path) -> Path:
    """Write a volume as a DICOM series, from the head down."""
    folder.mkdir(parents=True)
    frame = ct.frame
    for number, hu in enumerate(ct.array[::-1]):
        data = series.common({"SOPClassUID": CTImageStorage, "SOPInstanceUID": generate_uid()})
        data.ImageType, data.Rows, data.Columns = ["ORIGINAL", "PRIMARY", "AXIAL"], *hu.shape
        position = frame.to_lps((0, 0, len(ct.array) - 1 - number))
        data.ImagePositionPatient = [f"{v:.9g}" for v in position]
        data.ImageOrientationPatient = [f"{v:.9g}" for v in frame.direction[:, :2].T.ravel()]
        data.PixelSpacing, data.SliceThickness = [frame.spacing[1], frame.spacing[0]], frame.spacing[2]
        data.RescaleSlope, data.RescaleIntercept, data.InstanceNumber = 1, 0, number + 1
        data.PixelData = np.rint(hu).astype("<i2").tobytes()
        series.save(data, folder / f"{number:03d}.dcm")
    return folder


def check(folder: Path, name: str, mask: Path) -> None:
    """Compare a segmentation with the mask beside it."""
    from icac.ct import read_ct
    from icac.ct.masks import place_mask, read_mask

    files = sorted(path.name for path in (folder / "dicom").iterdir())
    assert files == sorted(f"{name}{stem}.dcm" for stem in ("icac_seg", "icac_sr", "left", "overview", "right"))
    labels = read_ct(mask).volume
    found, resampled = place_mask(read_mask(folder / "dicom" / f"{name}icac_seg.dcm"), labels.frame)
    assert not resampled and found.any()
    assert np.array_equal(found, labels.array > 0)


@pytest.mark.slow
def test_one_scan_and_a_cohort_with_a_copy_and_a_file_that_is_no_dicom(demo_scan, tmp_path, capsys):
    scan = write_ct(demo_scan.ct, tmp_path / "in" / "p1")
    assert main(["segment", str(scan), "-o", str(tmp_path / "one"), "--dicom-out", "--progress", "none"]) == 0
    assert "dicom/icac_sr.dcm" in capsys.readouterr().out
    check(tmp_path / "one", "", tmp_path / "one" / "icac.nii.gz")
    shutil.copytree(scan, tmp_path / "in" / "p2")
    (tmp_path / "in" / "p3.nii.gz").write_bytes(b"\x1f\x8b")
    shutil.copytree(tmp_path / "one" / "dicom", tmp_path / "in" / "sent")
    assert main(["cohort", "run", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--dicom-out", "--timeout", "6000",
                 "--progress", "none", "--lesion-pictures"]) == 0
    told = capsys.readouterr().out
    assert "1 scans computed, 1 kept" in told and "1 failed" in told and "a result of an earlier run" in told
    assert "is no DICOM series" in (tmp_path / "out" / "failures.csv").read_text()
    for name in ("p1", "p2"):
        folder = tmp_path / "out" / f"sub-{name}" / "ct"
        check(folder, f"sub-{name}_", folder / f"sub-{name}_desc-icac_dseg.nii.gz")
        assert (folder / f"sub-{name}_desc-icac_lesion-001.png").is_file()
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.dcm")}
    first = next(iter(before))
    first.write_bytes(first.read_bytes()[:1000])
    assert main(["cohort", "run", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--dicom-out", "--timeout", "6000",
                 "--progress", "none", "--lesion-pictures"]) == 0
    assert len(pydicom.dcmread(first).SegmentSequence if "seg" in first.name else [1, 2]) == 2
    assert first.stat().st_size == len(before[first])


def test_what_is_no_dicom_or_hides_names_is_refused_before_anything_is_computed(tmp_path, capsys):
    image = tmp_path / "ct.nii.gz"
    image.write_bytes(b"\x1f\x8b")
    for arguments, sentence in (([str(image), "--dicom-out"], "is no DICOM series"),
                                ([str(tmp_path), "--dicom-out", "--hide-names"], "leave --hide-names or --dicom-out")):
        assert main(["segment", "-o", str(tmp_path / "out"), *arguments]) == InputError.exit_code
        told = capsys.readouterr().err
        assert sentence in told and told.count("\n") == 1
    with pytest.raises(InputError, match="leave --hide-names or --dicom-out"):
        Segmentation(dicom="side", hide_names=True)
    with pytest.raises(InputError, match="is no DICOM series"):
        from icac.cohort import ScanInput

        Segmentation(dicom="side").read(ScanInput(str(image), "p", "", ""))
    assert not (tmp_path / "out").exists()


def test_results_with_and_without_dicom_are_not_the_same():
    assert len({identity_sha256(Segmentation(dicom=each)) for each in ("", "side", "one")}) == 3
    assert not {"dicom", "lesion_pictures"} & set(Segmentation().identity()), "results of before stay as they are"
    assert Segmentation(lesion_pictures=True).identity()["lesion_pictures"] is True
