"""The file as any NRRD reader sees it; test_segmentation_in_slicer.py loads it with Slicer's own libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.anatomy import Side
from icac.geometry import Volume
from icac.report.segmentation_nrrd import write_segmentation
from icac.result import SegmentedScan


def test_one_segment_on_the_voxels_of_the_scan(any_frame_content: SegmentedScan, tmp_path: Path) -> None:
    content = any_frame_content
    path = write_segmentation(content, tmp_path / "icac.seg.nrrd")
    back = Volume.from_sitk(sitk.ReadImage(str(path)))
    assert back.frame.matches(content.scan.volume.frame)
    assert np.array_equal(back.array, content.mask.astype(np.uint8))


def test_the_header_names_the_segments(content: SegmentedScan, tmp_path: Path) -> None:
    image = sitk.ReadImage(str(write_segmentation(content, tmp_path / "icac.seg.nrrd", by_side=True)))
    values = sitk.GetArrayFromImage(image)
    for number, side in enumerate(Side):
        key = f"Segment{number}_"
        assert image.GetMetaData(key + "Name") == f"ICAC {side.value}"
        assert image.GetMetaData(key + "Layer") == "0"
        assert np.array_equal(values == int(image.GetMetaData(key + "LabelValue")), content.mask_of(side))
    assert image.GetMetaData("Segment0_Extent") == "19 21 29 29 8 8"
    assert "DICOM.SegmentAlgorithmName:ICACSegmentation sim-test 0.1.0|" in image.GetMetaData("Segment0_Tags")
    assert image.GetMetaData("Segmentation_ReferenceImageExtentOffset") == "0 0 0"


@pytest.mark.parametrize("by_side", [False, True])
def test_a_run_without_icac_still_has_its_segments(empty_content: SegmentedScan, tmp_path: Path,
                                                   by_side: bool) -> None:
    image = sitk.ReadImage(str(write_segmentation(empty_content, tmp_path / "icac.seg.nrrd", by_side)))
    assert not sitk.GetArrayFromImage(image).any()
    assert image.GetMetaData("Segment0_Extent") == "0 -1 0 -1 0 -1"
    assert image.HasMetaDataKey("Segment1_ID") is by_side
