"""Folders that mix patients and studies: every examination is a scan of its own, and its best series is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from icac.cli import main
from icac.cohort.run.segmentation import Segmentation
from icac.cohort.scans.discover import find_scans
from icac.simulate.scanner.slices import Slices
from icac.simulate.sets.dicom_series import write_series


@pytest.fixture
def add(tmp_path):
    """Return a function that writes 60 slices of 120 x 134 mm into a folder, beside what is in it."""
    def write(folder: str, number: int, thickness: float = 1.0, **elements) -> None:
        positions = np.array([(-60.0, -70.0, z) for z in np.arange(60) * thickness + 0.0])
        slices = Slices(np.full((60, 96, 80), 40.0, np.float32), positions, np.array([[1.0, 0, 0], [0, 1, 0]]),
                        (1.5, 1.4), np.full(60, thickness))
        target = tmp_path / "new"
        target.mkdir()
        write_series(target, slices, f"P{number}", f"study {number}", SeriesNumber=number, **{
            "SeriesInstanceUID": f"1.2.{number}", "StudyInstanceUID": "1.1", "PatientID": "A", **elements})
        (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
        for path in target.iterdir():
            path.rename(tmp_path / "in" / folder / f"{number}_{path.stem}")
        target.rmdir()

    return write


@pytest.mark.slow
def test_a_folder_of_two_studies_is_two_scans_each_with_its_best_series(tmp_path, add, capsys):
    add("p", 1, 1.0, StudyInstanceUID="1.1", SeriesDescription="Thin")
    add("p", 2, 2.0, StudyInstanceUID="1.1", SeriesDescription="Thick")
    add("p", 3, 3.0, StudyInstanceUID="1.3", SeriesDescription="Later")
    first, second = sorted(find_scans(tmp_path / "in"), key=lambda scan: scan.series)
    assert (first.series, second.series) == ("1.1", "1.3") and first.path == second.path
    assert first.name != second.name
    said = [Segmentation().choice(scan) for scan in (first, second)]
    assert said[0].startswith("Series 1 'Thin' of 2 was chosen: original axial") and "2 'Thick': 2 mm slices" in said[0]
    assert said[1] == ""
    assert main(["cohort", "run", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "Series 1 'Thin' of 2 was chosen" in text and "2 scans: 2 to do" in text
    assert main(["cohort", "run", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--dry-run", "--prefer",
                 "thick"]) == 0
    assert "Series 2 'Thick' of 2 was chosen" in capsys.readouterr().out


def test_two_patients_with_one_study_uid_are_told_apart_by_their_series(tmp_path, add):
    add("p", 1)
    add("p", 2, PatientID="B")
    assert sorted(scan.series for scan in find_scans(tmp_path / "in")) == ["1.2.1", "1.2.2"]


def test_studies_in_nested_folders_with_another_kind_beside_them(tmp_path, add):
    add("p/DIR0/IMG0", 1, StudyInstanceUID="1.1")
    add("p/DIR0/IMG1", 2, StudyInstanceUID="1.1")
    add("p/DIR1", 3, StudyInstanceUID="1.3")
    add("q", 4, StudyInstanceUID="1.4")
    found = {scan.path: scan.series for scan in find_scans(tmp_path / "in")}
    assert found == {str(tmp_path / "in" / "p" / "DIR0"): "", str(tmp_path / "in" / "p" / "DIR1"): "",
                     str(tmp_path / "in" / "q"): ""}


def test_a_study_of_another_part_beside_the_head_is_no_scan(tmp_path, add):
    add("p", 1)
    add("p", 2, StudyInstanceUID="1.3", BodyPartExamined="CHEST")
    scan, = find_scans(tmp_path / "in")
    assert scan.series == "" and Segmentation().choice(scan).startswith("Series 1 ")
