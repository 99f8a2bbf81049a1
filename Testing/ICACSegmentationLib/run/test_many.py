"""One call for many scans: volumes of the scene and files, those that fail among them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"


@pytest.fixture(autouse=True)
def program(python_slicer):
    python_slicer(PROGRAM)


def test_volumes_and_files_are_segmented_and_what_fails_is_told(slicer, module, add_volume, tmp_path):
    from ICACSegmentationLib.scene.nodes import export_volume, is_image

    volume = add_volume("CT in the scene")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        export_volume(volume, tmp_path / folder / "scan.nrrd")
    damaged = tmp_path / "damaged.nii.gz"
    damaged.write_bytes(b"\x1f\x8b damaged")
    seen = []
    scans = [tmp_path / "a" / "scan.nrrd", volume, damaged, str(tmp_path / "b" / "scan.nrrd")]
    first, inside, bad, second = module.python.ICACSegmentationLogic().processMany(
        scans, tmp_path / "out", on_each=seen.append)
    assert seen == [first, inside, bad, second]
    assert (first.folder, second.folder) == (tmp_path / "out" / "scan", tmp_path / "out" / "scan_2")
    assert (first.error, inside.error, second.error) == ("", "", "")
    assert first.volume_mm3 == inside.volume_mm3 == second.volume_mm3 > 0
    assert (first.folder / "icac.nii.gz").is_file() or (first.folder / "icac.nrrd").is_file()
    assert inside.name == "CT in the scene" and inside.segmentation.GetName() == "CT in the scene ICAC"
    volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if is_image(node)]
    assert volumes == [volume], "files are not loaded"
    assert "damaged" in bad.error and bad.volume_mm3 is None and not (tmp_path / "out" / "damaged").exists()


def test_files_need_a_place_for_their_results_before_anything_runs(module, tmp_path):
    from icac.errors import InputError
    from ICACSegmentationLib.run.many import segment_many

    with pytest.raises(InputError, match="give output="):
        segment_many([tmp_path / "a.nii.gz"])
    shutil.rmtree(tmp_path)
    assert segment_many([]) == []
