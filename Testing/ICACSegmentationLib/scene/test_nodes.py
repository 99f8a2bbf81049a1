"""CTs leave the scene where they lie in it, and results come back onto the same voxels."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.fixture
def nodes(slicer):
    return importlib.import_module("ICACSegmentationLib.scene.nodes")


def read_as_ras(path) -> tuple[np.ndarray, np.ndarray]:
    """Return voxels (z, y, x) and IJK to RAS of an image file, read without Slicer."""
    image = sitk.ReadImage(str(path))
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image), LPS_TO_RAS @ matrix


def add_transform(slicer, volume, matrix):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.updateTransformMatrixFromArray(transform, np.asarray(matrix, dtype=float))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def test_a_tilted_ct_is_written_as_it_is(slicer, nodes, add_volume, tmp_path):
    import vtk

    volume = add_volume()
    before = slicer.mrmlScene.GetNumberOfNodes()
    nodes.export_volume(volume, tmp_path / "ct.nrrd")
    voxels, matrix = read_as_ras(tmp_path / "ct.nrrd")
    assert voxels.dtype == np.int16
    assert np.array_equal(voxels, slicer.util.arrayFromVolume(volume))
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(ijk_to_ras)
    expected = slicer.util.arrayFromVTKMatrix(ijk_to_ras)
    assert np.allclose(matrix, expected, atol=1e-5)
    assert abs(np.linalg.det(matrix[:3, :3])) < 0.99 * np.prod(np.linalg.norm(matrix[:3, :3], axis=0))
    assert slicer.mrmlScene.GetNumberOfNodes() == before


def test_linear_transforms_above_the_ct_are_applied_and_left_in_place(slicer, nodes, add_volume, tmp_path):
    volume = add_volume()
    nodes.export_volume(volume, tmp_path / "before.nrrd")
    turn = [[0, -1, 0, 7], [1, 0, 0, -3], [0, 0, 1, 11], [0, 0, 0, 1]]
    inner = add_transform(slicer, volume, turn)
    outer = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.updateTransformMatrixFromArray(outer, np.diag([1.0, 1.0, 1.1, 1.0]))
    inner.SetAndObserveTransformNodeID(outer.GetID())
    nodes.export_volume(volume, tmp_path / "after.nrrd")
    (voxels, before), (moved, after) = (read_as_ras(tmp_path / name) for name in ("before.nrrd", "after.nrrd"))
    assert np.array_equal(voxels, moved)
    assert np.allclose(after, np.diag([1, 1, 1.1, 1]) @ turn @ before, atol=1e-4)
    assert volume.GetParentTransformNode() is inner


def test_a_grid_transform_resamples_the_copy_only(slicer, nodes, add_volume, tmp_path):
    """A grid transform that moves everything down by 8 mm, as an acquisition transform shifts slices."""
    import vtk

    volume = add_volume(ijk_to_ras=np.diag([0.5, 0.5, 4.0, 1.0]))
    grid = vtk.vtkImageData()
    grid.SetDimensions(2, 2, 2)
    grid.SetOrigin(-100, -100, -100)
    grid.SetSpacing(300, 300, 300)
    grid.AllocateScalars(vtk.VTK_DOUBLE, 3)
    vectors = vtk.util.numpy_support.vtk_to_numpy(grid.GetPointData().GetScalars())
    vectors[:] = (0, 0, 8)              # from the world to the volume
    shift = slicer.vtkOrientedGridTransform()
    shift.SetDisplacementGridData(grid)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    node.SetAndObserveTransformFromParent(shift)
    volume.SetAndObserveTransformNodeID(node.GetID())
    nodes.export_volume(volume, tmp_path / "ct.nrrd")
    voxels, matrix = read_as_ras(tmp_path / "ct.nrrd")
    expected = np.argwhere(slicer.util.arrayFromVolume(volume) == 700).mean(axis=0)[::-1] * (0.5, 0.5, 4.0)
    found = np.argwhere(voxels > 600).mean(axis=0)[::-1]
    assert np.allclose(matrix[:3] @ [*found, 1], expected - (0, 0, 8), atol=0.01)
    assert volume.GetParentTransformNode() is node
    assert slicer.util.arrayFromVolume(volume).shape == (9, 30, 40)


def test_what_cannot_be_written_is_said(slicer, nodes, add_volume, tmp_path):
    with pytest.raises(RuntimeError, match="CT could not be written"):
        nodes.export_volume(add_volume(), tmp_path / "no such folder" / "ct.nrrd")
    assert slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")[1:] == []


def test_the_active_volume_is_proposed(slicer, nodes, add_volume):
    assert nodes.active_volume() is None
    labels = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    slicer.util.updateVolumeFromArray(labels, np.ones((2, 3, 4), np.uint8))
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    assert nodes.active_volume() is None
    first, second = add_volume("first"), add_volume("second")
    assert nodes.active_volume() is first
    slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(second.GetID())
    assert nodes.active_volume() is second
    slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(labels.GetID())
    assert nodes.active_volume() is first
