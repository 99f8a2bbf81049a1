"""3D, the carotid course, and the key that hides the overlay."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def shown(panel, result):
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    return panel


def test_probability_and_courses_come_with_the_result(slicer, result):
    from icac.anatomy import Side
    from ICACSegmentationLib.result.data import PROBABILITY_ROLE, courses_of, probability_of
    from ICACSegmentationLib.scene.grids import world_frame
    from ICACSegmentationLib.scene.nodes import active_volume, ct_of

    frame = world_frame(ct_of(result))
    probability = probability_of(result, frame)
    expected = np.where(slicer.util.arrayFromVolume(ct_of(result)) >= 400, 0.9, 0)
    assert np.allclose(probability, expected, atol=1e-6)
    stored = result.GetNodeReference(PROBABILITY_ROLE)
    assert stored.GetImageData().GetNumberOfPoints() < 0.5 * probability.size, "only the part above zero is kept"
    assert active_volume() is ct_of(result)
    courses = courses_of(result)
    assert courses[Side.LEFT].points[:, 0].mean() > 0 > courses[Side.RIGHT].points[:, 0].mean()


def test_probability_and_courses_survive_saving(slicer, result, tmp_path):
    from ICACSegmentationLib.result.data import courses_of, probability_of
    from ICACSegmentationLib.scene.grids import world_frame
    from ICACSegmentationLib.scene.nodes import ct_of

    before = probability_of(result, world_frame(ct_of(result)))
    path = str(tmp_path / "scene.mrb")
    assert slicer.mrmlScene.WriteToMRB(path)
    slicer.mrmlScene.Clear()
    assert slicer.mrmlScene.ReadFromMRB(path, False)
    found = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")[0]
    assert np.array_equal(probability_of(found, world_frame(ct_of(found))), before)
    assert len(courses_of(found)) == 2


def test_3d_shows_lesions_course_and_bone(shown, slicer, result):
    before = slicer.app.layoutManager().layout
    shown.ui.show3DButton.click()
    assert result.GetSegmentation().ContainsRepresentation("Closed surface")
    assert result.GetDisplayNode().GetVisibility3D()
    models = {node.GetName(): node for node in slicer.util.getNodesByClass("vtkMRMLModelNode")
              if not node.GetHideFromEditors()}
    assert sorted(models) == ["CT ICAC carotid course", "CT skull base"]
    assert all(0 < node.GetDisplayNode().GetOpacity() < 0.5 for node in models.values())
    assert "C4&nbsp;cavernous" in shown.ui.courseLegend.text
    shown.ui.show3DButton.click()
    assert slicer.app.layoutManager().layout == before


def test_course_has_the_colours_of_its_segments(slicer, result):
    from ICACSegmentationLib.common.colors import SEGMENTS
    from ICACSegmentationLib.show.course_model import course_model
    from vtk.util.numpy_support import vtk_to_numpy

    node = course_model(result)
    numbers = vtk_to_numpy(node.GetPolyData().GetPointData().GetArray("segment"))
    assert set(np.unique(numbers)) == {2, 3, 4, 5, 6, 7}
    table = node.GetDisplayNode().GetColorNode()
    color = [0.0] * 4
    table.GetColor(4, color)
    assert np.allclose(color[:3], SEGMENTS["C4"], atol=0.01)
    assert course_model(result) is node


def test_overlay_is_hidden_and_comes_back(shown, slicer, result):
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "hidden by the user")
    other.CreateDefaultDisplayNodes()
    other.GetDisplayNode().SetVisibility(False)
    shown.ui.hideButton.click()
    assert not result.GetDisplayNode().GetVisibility()
    shown.ui.hideButton.click()
    assert result.GetDisplayNode().GetVisibility()
    assert not other.GetDisplayNode().GetVisibility()


def test_leaving_the_module_shows_the_overlay_again(shown, result):
    shown.ui.hideButton.click()
    shown.exit()
    assert result.GetDisplayNode().GetVisibility()


def test_the_probability_goes_with_the_last_result_that_refers_to_it(panel, result, slicer):
    from ICACSegmentationLib.result.data import PROBABILITY_ROLE

    name = result.GetNodeReference(PROBABILITY_ROLE).GetName()
    copy = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "copy")
    copy.CopyReferences(result)
    slicer.mrmlScene.RemoveNode(result)
    assert slicer.mrmlScene.GetFirstNodeByName(name)
    slicer.mrmlScene.RemoveNode(copy)
    assert slicer.mrmlScene.GetFirstNodeByName(name) is None
