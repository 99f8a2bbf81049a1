"""Whose scan it is and of which day, from DICOM headers and sidecars; and that no report learns of it."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.examination import Examination, parsed_date, read_examination
from icac.geometry import Frame, Volume


@pytest.mark.parametrize(("text", "day"), [
    ("20240131", date(2024, 1, 31)), ("20240131101112.5", date(2024, 1, 31)), ("2024-01-31T10:11", date(2024, 1, 31)),
    ("2024.01.31", date(2024, 1, 31)), ("20241331", None), ("19000101", None), ("29990101", None), ("", None),
    (None, None), (20240131, None)])
def test_dates_of_headers(text, day):
    assert parsed_date(text) == day


def test_a_series_tells_patient_and_day(make_series, tmp_path):
    folder = make_series(tmp_path / "dicom", lambda points: points[..., 0], [(0, 0, z) for z in range(6)],
                         StudyDate="20200102", AcquisitionDate="20200103")
    assert read_examination(folder) == Examination("SECRET-ID", date(2020, 1, 3))
    assert "SECRET" not in str(read_ct(folder).identity) and "2020" not in str(read_ct(folder).identity)


def test_a_sidecar_tells_patient_and_day(tmp_path):
    path = write_volume(Volume(np.zeros((4, 5, 6), np.int16), Frame.regular((1, 1, 1), (6, 5, 4))),
                        tmp_path / "ct.nii.gz")
    assert read_examination(path) == Examination()
    (tmp_path / "ct.json").write_text(json.dumps({"PatientID": " 7 ", "AcquisitionDateTime": "2021-05-06T07:08"}))
    assert read_examination(path) == Examination("7", date(2021, 5, 6))


def test_what_is_not_there_tells_nothing(tmp_path):
    assert read_examination(tmp_path / "absent") == Examination()
