"""What failed in the application itself although it worked in a kinder host: a test for each finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).with_name("program.py")


@pytest.fixture
def reviewed(panel, result):
    """The panel with a result on screen."""
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    assert panel.reviewSections.model.review is not None
    return panel


@pytest.fixture
def labelmap(slicer, result):
    from ICACSegmentationLib.scene.nodes import ct_of

    mask = np.zeros((9, 30, 40), dtype=np.uint8)
    mask[2:5, 10:14, 4:9] = 1
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "regions")
    node.CopyOrientation(ct_of(result))
    slicer.util.updateVolumeFromArray(node, mask)
    return node


def press(slicer, widget, key: str) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    widget.window().show()
    widget.window().activateWindow()
    slicer.app.processEvents()
    QTest.keyClick(widget, getattr(Qt.Key, f"Key_{key}"))
    slicer.app.processEvents()


def test_the_panel_comes_up(panel):
    assert panel.ui.inputSelector.nodeTypes == ["vtkMRMLScalarVolumeNode"]


@pytest.mark.parametrize("name", ["vtkMRMLSegmentationNode", "vtkMRMLLabelMapVolumeNode",
                                  "vtkMRMLMarkupsClosedCurveNode"])
def test_manual_regions_can_be_chosen_and_taken_back(panel, slicer, name):
    panel.enter()
    node = slicer.mrmlScene.AddNewNodeByClass(name)
    panel.ui.manualSelector.setCurrentNode(node)
    assert panel.logic.getParameterNode().manual is node
    panel.ui.manualSelector.setCurrentNode(None)
    assert panel.logic.getParameterNode().manual is None


def test_an_opened_scene_is_shown_at_once(reviewed, slicer, result, tmp_path):
    name, path = result.GetName(), str(tmp_path / "scene.mrb")
    assert slicer.mrmlScene.WriteToMRB(path)
    slicer.mrmlScene.Clear()
    assert reviewed.reviewSections.model.review is None
    assert slicer.mrmlScene.ReadFromMRB(path, False)
    assert reviewed.ui.inputSelector.currentNode().GetName() == "CT"
    assert reviewed.ui.resultSelector.currentNode().GetName() == name
    assert reviewed.reviewSections.ui.lesionTable.rowCount == 2


def test_a_scene_that_was_saved_during_a_comparison_opens_in_the_usual_layout(reviewed, slicer, labelmap, tmp_path):
    path, layouts = str(tmp_path / "scene.mrb"), slicer.app.layoutManager()
    reviewed.ui.manualSelector.setCurrentNode(labelmap)
    reviewed.ui.compareButton.click()
    assert layouts.layout > 100
    assert slicer.mrmlScene.WriteToMRB(path)
    slicer.mrmlScene.Clear()
    assert slicer.mrmlScene.ReadFromMRB(path, False)
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert not reviewed.ui.compareButton.checked


def test_the_key_for_the_overlay_works_after_the_scene_was_closed(reviewed, slicer):
    slicer.mrmlScene.Clear()
    press(slicer, reviewed.ui.resultSection, "H")
    assert reviewed.ui.hideButton.checked


def shows(view, point) -> bool:
    """Tell whether a slice view is 90 mm wide and goes through a point, RAS mm."""
    plane = np.array([[view.GetSliceToRAS().GetElement(row, column) for column in range(4)] for row in range(4)])
    off = plane[:3, 2] @ (np.asarray(point) - plane[:3, 3])
    return abs(view.GetFieldOfView()[0] - 90) < 0.5 and abs(off) < 0.1


def test_the_first_comparison_of_a_session_shows_the_lesion(reviewed, slicer, labelmap, new_views):
    from ICACSegmentationLib.compare.rows import point_of, rows_of
    from ICACSegmentationLib.scene.layouts import MANUAL_VIEW, PREDICTED_VIEW, view_node

    reviewed.ui.manualSelector.setCurrentNode(labelmap)
    reviewed.ui.compareButton.click()
    slicer.app.processEvents()
    agreement = reviewed.viewSections.compare.agreement
    point = point_of(rows_of(agreement)[1], agreement)
    assert all(shows(view_node(name), point) for name in (PREDICTED_VIEW, MANUAL_VIEW))


def test_the_first_blinded_comparison_of_a_session_shows_the_outlines(slicer, add_volume, new_views):
    from ICACSegmentationLib.scene.grids import world_volume
    from ICACSegmentationLib.scene.layouts import LEFT_VIEW, RIGHT_VIEW, Layouts, view_node
    from ICACSegmentationLib.worklist.blinded_view import BlindedView

    ct = add_volume()
    volume = world_volume(ct)
    mask = volume.array == 500
    blinded = BlindedView(Layouts())
    blinded.show(ct, volume.frame, (mask, mask))
    slicer.app.processEvents()
    middle = volume.frame.to_lps(np.argwhere(mask).mean(axis=0).round()[::-1]) * (-1, -1, 1)
    assert all(shows(view_node(name), middle) for name in (LEFT_VIEW, RIGHT_VIEW))
    blinded.close()


def test_escape_gives_up_the_click(reviewed, slicer):
    ui = reviewed.reviewSections.ui
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    press(slicer, ui.lesionTable, "Escape")         # nothing to give up
    ui.addButton.click()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    assert "Esc" in ui.correctMessage.text
    press(slicer, ui.lesionTable, "Escape")
    assert interaction.GetCurrentInteractionMode() == interaction.ViewTransform
    assert not ui.addButton.checked
    assert ui.correctMessage.text == ""
    assert slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode") == []


def test_hidden_nodes_are_known_to_the_subject_hierarchy_but_not_listed(reviewed, slicer):
    import slicer_host

    marks = reviewed.reviewSections.model.review.overlay.node
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert hierarchy.GetItemByDataNode(marks)
    names = slicer.vtkMRMLSubjectHierarchyConstants
    assert marks.GetAttribute(names.GetSubjectHierarchyExcludeFromTreeAttributeName())
    assert marks.GetHideFromEditors()
    assert slicer_host.critical_messages == []


def test_the_brush_has_a_node_for_its_settings_from_the_start(reviewed):
    import slicer_host

    reviewed.reviewSections.ui.lesionTable.setCurrentCell(0, 0)
    reviewed.reviewSections.ui.brushButton.click()
    assert slicer_host.critical_messages == []


def test_marks_are_seen_only_while_the_module_is(reviewed):
    display = reviewed.reviewSections.model.review.overlay.node.GetDisplayNode()
    assert display.GetVisibility()
    reviewed.exit()
    assert not display.GetVisibility()
    reviewed.enter()
    assert display.GetVisibility()


def test_what_a_killed_application_left_is_removed_at_the_next_start(slicer, module):
    from icac.files.lock import try_lock

    left, used = (Path(slicer.app.temporaryPath) / f"icac-{name}" for name in ("left", "used"))
    for folder in (left, used):
        folder.mkdir()
        (folder / "ct.nrrd").write_bytes(b"")
        (folder / "lock").touch()
    with (used / "lock").open("r+b") as stream:
        assert try_lock(stream)
        slicer.app.startupCompleted.emit()
        assert [left.exists(), used.exists()] == [False, True]
    slicer.app.startupCompleted.emit()
    assert not used.exists()


def test_a_panel_that_cannot_be_built_says_so(slicer, module, monkeypatch):
    import qt
    import shiboken6

    def fail(*_):
        raise TypeError("this is an abstract class")

    monkeypatch.setattr(module.python, "SegmentPanel", fail)
    container = slicer.qMRMLWidget()
    container.setLayout(qt.QVBoxLayout())
    widget = module.python.ICACSegmentationWidget(container)
    with pytest.raises(TypeError):
        widget.setup()
    widget.enter()
    [label] = [label for label in container.findChildren(qt.QLabel) if "TypeError" in label.text]
    assert "report" in label.text
    assert "this is an abstract class" in label.text
    widget.exit()
    widget.cleanup()
    shiboken6.delete(container)


def test_a_panel_that_cannot_be_entered_says_so_until_it_can(panel, monkeypatch):
    def fail():
        raise RuntimeError("no devices")

    monkeypatch.setattr(panel.segmentPanel, "enter", fail)
    with pytest.raises(RuntimeError):
        panel.enter()
    texts = lambda: [label.text for label in panel.parent.findChildren(type(panel.ui.statusLabel))]  # noqa: E731
    assert any("RuntimeError: no devices" in text for text in texts())
    monkeypatch.undo()
    panel.enter()
    assert not any("RuntimeError" in text for text in texts())
