"""Comparing a result with manual regions, by clicking: figures, views, and what is left of it afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from vtk.util.numpy_support import vtk_to_numpy

#: The larger box of the CT in conftest, (z, y, x), and its voxels that the manual regions hold: they miss the last
#: slice, and cover soft tissue that is no calcium.
BOX = (slice(2, 5), slice(10, 14), slice(4, 9))
REGION = (slice(2, 4), slice(8, 16), slice(2, 12))


def region() -> np.ndarray:
    mask = np.zeros((9, 30, 40), dtype=np.uint8)
    mask[REGION] = 1
    return mask


@pytest.fixture
def ct(result):
    from ICACSegmentationLib.scene.nodes import ct_of

    return ct_of(result)


@pytest.fixture
def labelmap(slicer, ct):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "regions")
    node.CopyOrientation(ct)
    slicer.util.updateVolumeFromArray(node, region())
    return node


@pytest.fixture
def drawn(slicer, ct):
    """A manual segmentation of two segments: the region, and something that is no ICAC."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(ct)
    other = np.zeros_like(region())
    other[6:8, 18:24, 30:38] = 1
    for name, mask in (("carotid", region()), ("other", other)):
        node.GetSegmentation().AddEmptySegment(name, name)
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, name, ct)
    return node


@pytest.fixture
def curves(slicer, ct):
    """Closed curves around the region on its two slices."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    ct.GetIJKToRASMatrix(matrix)
    for k in (2, 3):
        curve = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsClosedCurveNode", f"slice {k}")
        curve.SetCurveTypeToLinear()
        for i, j in ((1.5, 7.5), (11.5, 7.5), (11.5, 15.5), (1.5, 15.5)):
            curve.AddControlPointWorld(matrix.MultiplyPoint((i, j, k, 1))[:3])
    return curve


def compare(panel, slicer, result, manual) -> None:
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    panel.ui.manualSelector.setCurrentNode(manual)
    panel.ui.compareButton.click()
    slicer.app.processEvents()


def rows(panel) -> list[list[str]]:
    table = panel.ui.compareTable
    return [[table.item(row, column).text() for column in range(table.columnCount)] for row in range(table.rowCount)]


def segment_voxels(slicer, panel, name: str) -> int:
    from ICACSegmentationLib.scene.grids import segment_mask, world_frame
    from ICACSegmentationLib.scene.nodes import ct_of

    node = panel.viewSections.compare.node
    return int(segment_mask(node, name, world_frame(ct_of(node))).sum())


@pytest.mark.parametrize("kind", ["labelmap", "drawn", "curves"])
def test_each_kind_of_manual_regions_gives_the_same_figures(panel, slicer, result, request, kind):
    compare(panel, slicer, result, request.getfixturevalue(kind))
    if kind == "drawn":
        panel.ui.manualSegmentBox.setCurrentIndex(1)
    assert segment_voxels(slicer, panel, "manual") == 2 * 4 * 5, "region and at least 130 HU"
    assert segment_voxels(slicer, panel, "both") == 40
    assert segment_voxels(slicer, panel, "predicted_only") == 20 + 6
    assert segment_voxels(slicer, panel, "manual_only") == 0
    assert panel.viewSections.compare.agreement.dice == pytest.approx(2 * 40 / (66 + 40))
    assert "sensitivity 1.00, PPV 0.61" in panel.ui.compareMessage.text
    assert [row[1] for row in rows(panel)] == ["", "found", "extra"]


def test_manual_data_stay_as_they_were(panel, slicer, result, drawn, ct):
    before = [slicer.util.arrayFromSegmentBinaryLabelmap(drawn, name, ct).copy() for name in ("carotid", "other")]
    compare(panel, slicer, result, drawn)
    panel.ui.compareButton.click()
    for name, mask in zip(("carotid", "other"), before, strict=True):
        assert np.array_equal(slicer.util.arrayFromSegmentBinaryLabelmap(drawn, name, ct), mask)
    assert drawn.GetDisplayNode().GetVisibility()
    assert result.GetDisplayNode().GetVisibility()


def test_the_users_layout_comes_back(panel, slicer, result, labelmap):
    layouts = slicer.app.layoutManager()
    layouts.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    compare(panel, slicer, result, labelmap)
    assert layouts.layout > 100
    panel.ui.show3DButton.click()
    assert not panel.ui.compareButton.checked
    assert layouts.layout > 100
    panel.exit()
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView


def colors_in(slicer, name: str) -> tuple[int, int]:
    """Return how many green and how many red pixels a slice view shows."""
    view = slicer.app.layoutManager().sliceWidget(name).sliceView()
    view.resize(300, 300)
    view.forceRender()
    pixels = vtk_to_numpy(rgb(view.renderWindow())).astype(int)
    more = pixels[:, 1] - pixels[:, 0]
    return int((more > 60).sum()), int((more < -60).sum())


def rgb(window):
    import vtk

    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    return grab.GetOutput().GetPointData().GetScalars()


def test_predicted_is_green_on_the_left_and_manual_red_on_the_right(panel, slicer, result, labelmap):
    compare(panel, slicer, result, labelmap)
    green, red = colors_in(slicer, "ICACPredicted")
    assert green > 20
    assert red == 0
    green, red = colors_in(slicer, "ICACManual")
    assert green == 0
    assert red > 20
    panel.ui.compareModeBox.setCurrentIndex(1)
    assert colors_in(slicer, "ICACManual") == (0, 0), "the CT alone"


def marks_in(slicer, panel, name: str) -> bool:
    """Tell whether the marks of the review are drawn in a slice view."""
    display = panel.reviewSections.model.review.overlay.node.GetDisplayNode()
    view = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")
    return bool(display.GetVisibility() and display.IsDisplayableInView(view.GetID()))


def test_the_mark_of_the_selected_lesion_stays_out_of_the_manual_view(panel, slicer, result, labelmap):
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    panel.reviewSections.ui.lesionTable.selectRow(0)
    compare(panel, slicer, result, labelmap)
    assert marks_in(slicer, panel, "ICACPredicted")
    assert not marks_in(slicer, panel, "ICACManual")
    panel.ui.compareButton.click()
    assert marks_in(slicer, panel, "Red")
    assert marks_in(slicer, panel, "ICACManual"), "as before the comparison"


def test_a_row_jumps_in_both_views(panel, slicer, result, labelmap):
    compare(panel, slicer, result, labelmap)
    row = [cells[1] for cells in rows(panel)].index("extra")
    panel.ui.compareTable.selectRow(row)
    expected = result_center(slicer, result, (slice(6, 7), slice(20, 22), slice(33, 36)))
    for name in ("ICACPredicted", "ICACManual"):
        matrix = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode").GetSliceToRAS()
        center = np.array([matrix.GetElement(axis, 3) for axis in range(3)])
        assert np.allclose(center, expected, atol=0.6)


def test_linked_views_scroll_and_zoom_together(slicer):
    import qt
    from ICACSegmentationLib.scene.layouts import (
        COMPARE_LAYOUT,
        MANUAL_VIEW,
        PREDICTED_VIEW,
        Layouts,
        link,
        show_volume,
    )
    from ICACSegmentationLib.scene.layouts import slice_logic as logic_of

    volume = slicer.util.addVolumeFromArray(np.zeros((30, 50, 60), np.int16), ijkToRAS=np.diag([1.0, 1, 2, 1]))
    layouts = Layouts()
    layouts.show(COMPARE_LAYOUT)
    for name in (PREDICTED_VIEW, MANUAL_VIEW):
        show_volume(name, volume, (30, 25, 20))
    link(PREDICTED_VIEW, MANUAL_VIEW)
    view = slicer.app.layoutManager().sliceWidget(PREDICTED_VIEW).sliceView()
    view.resize(300, 300)
    view.forceRender()
    place, keys = qt.QPointF(100, 100), qt.Qt.KeyboardModifier
    for key in (keys.NoModifier, keys.ControlModifier):
        slicer.app.sendEvent(view, qt.QWheelEvent(
            place, place, qt.QPoint(0, 0), qt.QPoint(0, 120), qt.Qt.MouseButton.NoButton, key,
            qt.Qt.ScrollPhase.NoScrollPhase, False))
    layouts.leave(COMPARE_LAYOUT)
    ours, other = logic_of(PREDICTED_VIEW), logic_of(MANUAL_VIEW)
    assert ours.GetSliceOffset() == other.GetSliceOffset() == 22
    assert ours.GetSliceNode().GetFieldOfView()[0] == other.GetSliceNode().GetFieldOfView()[0] < 50


def result_center(slicer, result, box) -> np.ndarray:
    from icac.geometry import lps_to_ras
    from ICACSegmentationLib.scene.grids import world_frame
    from ICACSegmentationLib.scene.nodes import ct_of

    middle = [(part.start + part.stop - 1) / 2 for part in reversed(box)]
    return lps_to_ras(world_frame(ct_of(result)).to_lps(middle))


def test_a_correction_is_compared_again(panel, slicer, result, labelmap, ct):
    compare(panel, slicer, result, labelmap)
    review = panel.reviewSections.ui
    for row in range(2):
        review.lesionTable.selectRow(row)
        review.rejectButton.click()
    slicer.app.processEvents()
    assert "Predicted 0.0 mm³" in panel.ui.compareMessage.text
    assert [row[1] for row in rows(panel)] == ["", "missed"]


def test_a_curve_off_its_slice_is_told(panel, slicer, result, curves):
    curves.SetNthControlPointPositionWorld(0, 0, 0, 100)
    compare(panel, slicer, result, curves)
    assert "does not lie in one slice" in panel.ui.compareMessage.text
    assert not panel.ui.compareButton.checked


def test_a_result_is_not_compared_with_itself(panel, slicer, result):
    compare(panel, slicer, result, result)
    assert "was made by this module" in panel.ui.compareMessage.text


def test_closing_the_scene_ends_the_comparison(panel, slicer, result, labelmap):
    compare(panel, slicer, result, labelmap)
    slicer.mrmlScene.Clear()
    assert not panel.ui.compareButton.checked
    assert rows(panel) == []
    assert slicer.app.layoutManager().layout < 100
