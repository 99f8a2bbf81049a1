from __future__ import annotations

import os

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import read_ct, write_volume
from icac.errors import OutputError
from icac.geometry import Frame, Volume

FRAME = Frame.regular((0.5, 0.6, 2.0), (6, 5, 4), origin=(1, -2, 3))


def on_disk(array, path):
    path = write_volume(Volume(array, FRAME), path)
    return sitk.ReadImage(str(path))


@pytest.mark.parametrize(("values", "pixel"), [
    (np.arange(120).reshape(4, 5, 6) % 2 == 0, sitk.sitkUInt8),
    (np.arange(120).reshape(4, 5, 6) % 12, sitk.sitkUInt8),
    (np.arange(120).reshape(4, 5, 6) - 60, sitk.sitkInt16),
    (np.arange(120.0).reshape(4, 5, 6) * 9 - 60, sitk.sitkInt16),
    (np.arange(120.0).reshape(4, 5, 6) / 119, sitk.sitkFloat32),
])
def test_each_kind_of_values_gets_its_type(tmp_path, values, pixel):
    image = on_disk(values, tmp_path / "a.nii.gz")
    assert image.GetPixelID() == pixel
    assert sitk.GetArrayFromImage(image) == pytest.approx(values.astype(float))


def test_a_sheared_frame_goes_to_nrrd_instead_of_nifti(tmp_path):
    affine = FRAME.affine.copy()
    affine[1, 2] = 0.7
    volume = Volume(np.arange(120).reshape(4, 5, 6) - 60, Frame(affine, FRAME.size))
    path = write_volume(volume, tmp_path / "mask.nii.gz")
    assert path == tmp_path / "mask.nrrd" and [p.name for p in tmp_path.iterdir()] == ["mask.nrrd"]
    assert Volume.from_sitk(sitk.ReadImage(str(path))).frame.matches(volume.frame, 1e-6)


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    path = write_volume(Volume(np.zeros((4, 5, 6)), FRAME), tmp_path / "new" / "deep" / "a.nrrd")
    assert path.is_file() and list(path.parent.iterdir()) == [path]


def test_an_old_file_is_replaced_and_survives_a_failure(tmp_path, monkeypatch):
    path = tmp_path / "a.nii"
    on_disk(np.ones((4, 5, 6)), path)
    before = path.read_bytes()

    def disk_full(*_, **__):
        raise RuntimeError("no space")

    monkeypatch.setattr(sitk, "WriteImage", disk_full)
    with pytest.raises(OutputError, match="cannot be written"):
        on_disk(np.zeros((4, 5, 6)), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"must end in \.nii\.gz"):
        write_volume(Volume(np.zeros((4, 5, 6)), FRAME), tmp_path / "a.png")


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_volume(Volume(np.zeros((4, 5, 6)), FRAME), tmp_path / "file" / "a.nii")


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
@pytest.mark.parametrize("name", [b"caf\xe9.nii.gz", b"caf\xe9.nrrd", b"caf\xe9/a.mha"])
def test_names_that_are_no_unicode(name, tmp_path):
    volume = Volume(np.arange(24, dtype=np.int16).reshape(4, 3, 2) - 7, Frame.regular((1, 2, 3), (2, 3, 4)))
    path = write_volume(volume, tmp_path / os.fsdecode(name))
    assert np.array_equal(read_ct(path).volume.array, volume.array)
