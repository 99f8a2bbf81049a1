"""The segmentation as 3D Slicer's own storage node reads it (needs the package slicer-core)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from icac.anatomy import Side
from icac.report.dicom.terminology import terminology_entry
from icac.report.picture.colors import ICAC_COLOR, SIDE_COLORS
from icac.report.segmentation_nrrd import write_segmentation
from icac.result import SegmentedScan

slicer = pytest.importorskip("slicer", reason="3D Slicer's libraries are not installed (package slicer-core)")


@pytest.fixture
def scene() -> object:
    return slicer.vtkMRMLScene()


def load(scene: object, path: Path) -> object:
    segmentation = slicer.vtkMRMLSegmentationNode()
    scene.AddNode(segmentation)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(segmentation) == 1
    return segmentation


def lps_points(segmentation: object, segment_id: str) -> np.ndarray:
    """Return the LPS positions, in mm, of the voxels of a segment as Slicer places them, sorted."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    image = slicer.vtkOrientedImageData()
    segmentation.GetBinaryLabelmapRepresentation(segment_id, image)
    first = np.array(image.GetExtent()[::2])
    shape = np.array(image.GetDimensions())[::-1]
    array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(shape)
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    matrix = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
    index = np.argwhere(array)[:, ::-1] + first
    ras = index @ matrix[:3, :3].T + matrix[:3, 3]
    return _sorted(ras * (-1, -1, 1))


def _sorted(points: np.ndarray) -> np.ndarray:
    points = np.round(points, 3) + 0.0
    return points[np.lexsort(points.T)]


def expected_points(content: SegmentedScan, mask: np.ndarray) -> np.ndarray:
    return _sorted(content.scan.volume.frame.to_lps(np.argwhere(mask)[:, ::-1]))


def test_one_segment_lies_where_the_mask_lies(any_frame_content: SegmentedScan, scene: object,
                                              tmp_path: Path) -> None:
    content = any_frame_content
    node = load(scene, write_segmentation(content, tmp_path / "icac.seg.nrrd"))
    assert node.GetSegmentation().GetNumberOfSegments() == 1
    segment = node.GetSegmentation().GetSegment("ICAC")
    assert segment.GetName() == "ICAC"
    assert segment.GetColor() == pytest.approx(np.array(ICAC_COLOR) / 255, abs=1e-5)
    points = lps_points(node, "ICAC")
    assert len(points) == 10
    assert points == pytest.approx(expected_points(content, content.mask), abs=2e-3)


def test_segments_per_side(any_frame_content: SegmentedScan, scene: object, tmp_path: Path) -> None:
    content = any_frame_content
    node = load(scene, write_segmentation(content, tmp_path / "icac.seg.nrrd", by_side=True))
    assert node.GetSegmentation().GetNumberOfSegments() == 2
    for side in Side:
        segment = node.GetSegmentation().GetSegment(f"ICAC_{side.value}")
        assert segment.GetName() == f"ICAC {side.value}"
        assert segment.GetColor() == pytest.approx(np.array(SIDE_COLORS[side]) / 255, abs=1e-5)
        points = lps_points(node, f"ICAC_{side.value}")
        assert points == pytest.approx(expected_points(content, content.mask_of(side)), abs=2e-3)
        assert (np.sign(points[:, 0]) == side.sign_x_lps).all()


def test_codes_reach_the_segment(content: SegmentedScan, scene: object, tmp_path: Path) -> None:
    node = load(scene, write_segmentation(content, tmp_path / "icac.seg.nrrd", by_side=True))
    segment = node.GetSegmentation().GetSegment("ICAC_left")
    assert segment.GetTerminology() == terminology_entry(Side.LEFT)
    logic, entry = slicer.vtkSlicerTerminologiesModuleLogic(), slicer.vtkSlicerTerminologyEntry()
    assert logic.DeserializeTerminologyEntry(segment.GetTerminology(), entry)
    assert entry.GetTypeObject().GetCodeValue() == "18115005"
    assert entry.GetRegionModifierObject().GetCodeMeaning() == "Left"


def test_an_empty_segmentation_loads(empty_content: SegmentedScan, scene: object, tmp_path: Path) -> None:
    node = load(scene, write_segmentation(empty_content, tmp_path / "icac.seg.nrrd"))
    assert node.GetSegmentation().GetSegment("ICAC").GetName() == "ICAC"


def test_the_source_representation_is_the_labelmap(content: SegmentedScan, scene: object, tmp_path: Path) -> None:
    node = load(scene, write_segmentation(content, tmp_path / "icac.seg.nrrd"))
    assert node.GetSegmentation().GetSourceRepresentationName() == "Binary labelmap"
