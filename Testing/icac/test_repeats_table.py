"""The benchmark of repeats: its table, and that what was measured is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from icac.ct import write_volume
from icac.geometry import Frame, Volume

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import repeats


def test_the_table_marks_what_is_not_repeated():
    same = dict.fromkeys(repeats.FORMS, 200.0)
    table = repeats.table_of({"a": {**same, "axes flipped": 203.9, "air cut away": 195.9}, "b": {
        **dict.fromkeys(repeats.FORMS, 10.0), "axes flipped": 12.1, "air cut away": "It is no head."}})
    head, _, first, second = table.splitlines()
    columns = [cell.strip() for cell in head.split("|")[1:-1]]
    rows = [dict(zip(columns, (cell.strip() for cell in line.split("|")[1:-1]), strict=True))
            for line in (first, second)]
    assert rows[0]["axes flipped"] == "203.9" and rows[0]["air cut away"] == "195.9 *"
    assert rows[1]["axes flipped"] == "12.1 *" and rows[1]["air cut away"] == "refused *"
    assert rows[1]["as it is"] == "10.0"


def test_what_was_measured_is_kept(tmp_path, monkeypatch):
    """A scan in which there is no head is refused in every form, once."""
    hu = np.full((12, 14, 16), -1000, np.int16)
    hu[3:9, 4:10, 3:12] = 40
    scan = write_volume(Volume(hu, Frame.regular((2.0, 2.0, 2.0), (16, 14, 12))), tmp_path / "ct.nii.gz")
    package = repeats.find_model(None)
    first = repeats.measured(scan, package, tmp_path / "kept")
    assert set(first) == set(repeats.FORMS) and all(isinstance(value, str) for value in first.values())
    monkeypatch.setattr(repeats, "volume_of", None)
    assert repeats.measured(scan, package, tmp_path / "kept") == first
