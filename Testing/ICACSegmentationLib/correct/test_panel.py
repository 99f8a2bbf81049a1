"""Correcting a result by clicks: trim with preview, remove, split, add missed, brush and eraser, undo of everything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"

#: Voxels (z, y, x) of a lesion on the right that leaks into bone, and of one that was missed on the left.
LEAKING, MISSED = np.s_[4:7, 12:15, 10:14], np.s_[4:6, 16:18, 40:43]


@pytest.fixture(autouse=True)
def program(python_slicer):
    python_slicer(PROGRAM)


@pytest.fixture
def volume(slicer):
    """A CT of 1 mm voxels: a lesion of 900 HU joined to a block of bone, all of it found; one of 300 HU is missed."""
    hu = np.full((12, 40, 60), 40, dtype=np.int16)
    hu[LEAKING] = 900
    hu[2:10, 15:28, 4:26] = 350
    hu[4:7, 15:17, 9:15] = 420          # found as well: bone that the lesion leaked into
    hu[MISSED] = 300
    return slicer.util.addVolumeFromArray(hu, ijkToRAS=np.diag([-1.0, -1.0, 1.0, 1.0]), name="Head")


@pytest.fixture
def reviewed(panel, slicer, volume, segment):
    panel.enter()
    segment()
    assert mask_of(slicer, panel, volume).sum() == 36 + 36
    return panel


@pytest.fixture
def ui(reviewed):
    found = reviewed.reviewSections.ui
    found.lesionTable.setCurrentCell(0, 0)
    return found


def mask_of(slicer, panel, volume) -> np.ndarray:
    return slicer.util.arrayFromSegmentBinaryLabelmap(panel.ui.resultSelector.currentNode(), "ICAC", volume) > 0


def marked(slicer, panel, volume, name: str) -> np.ndarray:
    node = panel.reviewSections.model.review.overlay.node
    return slicer.util.arrayFromSegmentBinaryLabelmap(node, name, volume) > 0


def test_the_total_is_told_beside_the_tools(ui):
    before = ui.correctLabel.text
    assert before.startswith("Lesion 1: ")
    assert "Both sides: 72.0 mm³ not rejected." in before
    ui.removeButton.click()
    assert "Both sides: 0.0 mm³ not rejected." in ui.correctLabel.text


def test_trim_previews_before_it_is_applied(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    assert not ui.applyTrimButton.enabled
    ui.trimButton.click()
    ui.trimSlider.setValue(100)
    shown = marked(slicer, reviewed, volume, "removed")
    assert shown.sum() > 0
    assert not (shown & ~before).any()
    assert f"Cuts off {shown.sum()} of 72 voxels" in ui.trimLabel.text
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)
    ui.applyTrimButton.click()
    after = mask_of(slicer, reviewed, volume)
    assert np.array_equal(after, before & ~shown)
    assert not marked(slicer, reviewed, volume, "removed").any()
    assert not ui.trimButton.checked
    ui.undoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)
    ui.redoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), after)


def test_a_stronger_trim_cuts_off_more(ui, reviewed, slicer, volume):
    ui.trimButton.click()
    cut = []
    for value in (0, 50, 100):
        ui.trimSlider.setValue(value)
        cut.append(marked(slicer, reviewed, volume, "removed"))
    assert not (cut[0] & ~cut[1]).any()
    assert not (cut[1] & ~cut[2]).any()
    assert cut[2].sum() > cut[0].sum()
    ui.trimButton.click()
    assert not marked(slicer, reviewed, volume, "removed").any()


def test_remove_and_undo(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    ui.removeButton.click()
    assert not mask_of(slicer, reviewed, volume).any()
    assert ui.lesionTable.rowCount == 0
    assert not ui.removeButton.enabled
    ui.undoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)
    assert ui.lesionTable.rowCount == 1


def test_split_makes_two_lesions_of_the_same_voxels(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    ui.splitButton.click()
    assert ui.correctMessage.text == ""
    assert ui.lesionTable.rowCount == 2
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)
    ui.undoButton.click()
    assert ui.lesionTable.rowCount == 1


def click_at(slicer, ras) -> None:
    """Do what a click in a view does in place mode: it defines a point of the active place node."""
    selection = slicer.app.applicationLogic().GetSelectionNode()
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    slicer.mrmlScene.GetNodeByID(selection.GetActivePlaceNodeID()).AddControlPointWorld(*ras)
    interaction.SwitchToViewTransformMode()
    for _ in range(3):
        slicer.app.processEvents()


def ras_of(zyx) -> tuple[float, float, float]:
    z, y, x = zyx
    return (-float(x), -float(y), float(z))


def test_a_click_adds_what_was_missed(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    ui.addButton.click()
    assert "Click on the missed" in ui.correctMessage.text
    click_at(slicer, ras_of((5, 17, 41)))
    expected = before.copy()
    expected[MISSED] = True
    assert np.array_equal(mask_of(slicer, reviewed, volume), expected)
    assert not ui.addButton.checked
    assert "left" in ui.lesionLabel.text
    assert slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode") == []
    ui.undoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)


def test_a_click_beside_calcium_is_told(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    ui.addButton.click()
    click_at(slicer, ras_of((10, 36, 55)))
    assert "no voxel of at least 130 HU" in ui.correctMessage.text
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)


def test_giving_up_the_click_ends_it(ui, slicer):
    ui.addButton.click()
    slicer.app.applicationLogic().GetInteractionNode().SwitchToViewTransformMode()
    slicer.app.processEvents()
    assert not ui.addButton.checked
    assert slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode") == []


def editor_of(reviewed, slicer):
    [editor] = reviewed.parent.findChildren(slicer.qMRMLSegmentEditorWidget)
    return editor


def stroke(slicer, editor, volume, box, erase: bool = False) -> None:
    """Change the voxels of a box as a brush does, through the editor's own logic and masks."""
    import vtk

    (z, y, x), image = box, slicer.vtkOrientedImageData()
    image.SetExtent(x.start, x.stop - 1, y.start, y.stop - 1, z.start, z.stop - 1)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().GetScalars().Fill(1)
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    logic = editor.logic
    mode = logic.ModificationModeRemove if erase else logic.ModificationModeAdd
    logic.ModifySegmentByLabelmap(editor.segmentationNode(), "ICAC", image, mode, image.GetExtent(), False, False)


def test_the_brush_paints_calcium_only_and_is_one_step_of_undo(ui, reviewed, slicer, volume):
    before = mask_of(slicer, reviewed, volume)
    ui.brushButton.click()
    editor = editor_of(reviewed, slicer)
    assert editor.hasShortcuts
    node = editor.mrmlSegmentEditorNode()
    assert node.GetSingletonTag() == "ICACSegmentation"
    assert node.GetSourceVolumeIntensityMaskRange()[0] == 130
    stroke(slicer, editor, volume, np.s_[3:7, 14:20, 38:45])
    expected = before.copy()
    expected[MISSED] = True
    assert np.array_equal(mask_of(slicer, reviewed, volume), expected)
    assert ui.lesionTable.rowCount == 2
    assert "brush" in ui.undoButton.toolTip.lower()
    ui.undoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), before)
    ui.redoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), expected)
    ui.brushButton.click()
    assert not editor.hasShortcuts
    assert not editor.hasViewObservations


def test_the_intensity_range_can_be_switched_off_in_the_panel_and_in_the_editor(ui, reviewed, slicer, volume):
    ui.brushButton.click()
    editor = editor_of(reviewed, slicer)
    ui.denseOnlyCheckBox.click()
    assert not editor.mrmlSegmentEditorNode().GetSourceVolumeIntensityMask()
    stroke(slicer, editor, volume, np.s_[0:1, 0:2, 0:3])
    assert mask_of(slicer, reviewed, volume)[0:1, 0:2, 0:3].all()
    editor.mrmlSegmentEditorNode().SetSourceVolumeIntensityMask(True)
    assert ui.denseOnlyCheckBox.checked


def test_the_eraser_splits_the_record_of_a_lesion(ui, reviewed, slicer, volume):
    ui.brushButton.click()
    stroke(slicer, editor_of(reviewed, slicer), volume, np.s_[4:7, 14:15, 9:15], erase=True)
    mask = mask_of(slicer, reviewed, volume)
    assert mask.sum() == 24 + 36
    assert ui.lesionTable.rowCount == 2


def test_leaving_the_module_puts_the_tools_away(ui, reviewed, slicer):
    ui.brushButton.click()
    ui.addButton.click()
    assert not ui.brushButton.checked, "one tool at a time has the mouse"
    reviewed.exit()
    slicer.app.processEvents()
    assert not ui.addButton.checked
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() != interaction.Place


def test_closing_the_scene_with_the_brush_on(ui, reviewed, slicer):
    ui.brushButton.click()
    ui.trimButton.click()
    slicer.mrmlScene.Clear()
    assert not ui.brushButton.checked
    assert not ui.brushButton.enabled
    assert editor_of(reviewed, slicer).segmentationNode() is None
