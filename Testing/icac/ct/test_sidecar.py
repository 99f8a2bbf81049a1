from __future__ import annotations

import json

import numpy as np
import pytest
from icac.ct import CTScan
from icac.ct.sidecar import read_sidecar
from icac.geometry import Frame, Volume


def told(tmp_path, fields):
    (tmp_path / "a.json").write_text(fields if isinstance(fields, str) else json.dumps(fields))
    return read_sidecar(tmp_path / "a.nii.gz")


@pytest.mark.parametrize(("thickness", "expected"), [
    (1.5, 1.5), ("1.5", 1.5), ("1.5 mm", 1.5), ([1.5, 1.5], 1.5), ([4, 7], 7.0), ("5mm", 5.0), ("thick", None),
    (None, None), (0, None), (-2, None), ({}, None), ([], None), ("", None), (True, None), ("1e999", None)])
def test_the_thickness_in_any_form(thickness, expected, tmp_path):
    identity = told(tmp_path, {"SliceThickness": thickness})
    volume = Volume(np.zeros((2, 2, 2), np.int16), Frame.regular((1, 1, 1), (2, 2, 2)))
    assert CTScan(volume, tmp_path, "nifti", identity).thickness_mm == expected


def test_texts_are_one_plain_line(tmp_path):
    fields = {"Modality": "ct", "ConvolutionKernel": ["Hr40f", 3], "KVP": {}}
    fields["Manufacturer"] = "a\x1b[2J\nb" + "x" * 9999
    identity = told(tmp_path, fields)
    assert identity["modality"] == "CT" and identity["kernel"] == "Hr40f\\3" and "kvp" not in identity
    assert identity["manufacturer"].startswith("a[2Jbx") and len(identity["manufacturer"]) == 200


@pytest.mark.parametrize("text", ["", "[1]", "[" * 100_000 + "]" * 100_000, '{"Modality": NaN}', '{"KVP": 1e999}', "{"])
def test_what_is_no_sidecar_tells_nothing(text, tmp_path):
    assert told(tmp_path, text) == {}


def test_a_huge_file_is_no_sidecar(tmp_path):
    with open(tmp_path / "a.json", "wb") as stream:
        stream.truncate(5 << 30)
    assert read_sidecar(tmp_path / "a.nii") == {}
