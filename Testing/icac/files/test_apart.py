from __future__ import annotations

import os

import pytest
from icac.errors import OutputError
from icac.files import refuse_overwriting


def test_a_file_that_is_read_is_found_by_any_name(tmp_path):
    (tmp_path / "ct.nii").write_text("ct")
    os.link(tmp_path / "ct.nii", tmp_path / "icac.nii")
    (tmp_path / "folder").mkdir()
    os.symlink(tmp_path, tmp_path / "link")
    refuse_overwriting([tmp_path / "ct.nii", None, "gone"], [tmp_path / "other.nii", tmp_path / "gone.nii"])
    for output in ("ct.nii", "icac.nii", "link/ct.nii", "folder/../ct.nii"):
        with pytest.raises(OutputError, match="what is to be read"):
            refuse_overwriting([tmp_path / "ct.nii"], [tmp_path / output])
