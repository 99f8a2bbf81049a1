"""Reviewing a result by clicks and keys: jump, accept, reject, flag, next, undo, filter, sort, totals, suggestions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"

#: Keys that ``qMRMLSegmentEditorWidget::installKeyboardShortcuts`` takes, and those of its Paint and Erase effects.
SEGMENT_EDITOR_KEYS = (
    *"1234567890", *(f"Shift+{digit}" for digit in "1234567890"), "Esc", "Space", "Z", "Ctrl+Z", "Y", "Ctrl+Y",
    "Q", "W", ",", ".", "I", "+", "-",
)


@pytest.fixture(autouse=True)
def program(python_slicer):
    python_slicer(PROGRAM)


@pytest.fixture
def volume(add_volume):
    return add_volume("Head")


@pytest.fixture
def reviewed(panel, volume, segment):
    """The panel with a result under review: lesion 1 on the right, lesion 2 on the left."""
    panel.enter()
    segment()
    return panel


@pytest.fixture
def ui(reviewed):
    return reviewed.reviewSections.ui


def cells(ui, column: int) -> list[str]:
    table = ui.lesionTable
    return [table.item(row, column).text() for row in range(table.rowCount)]


def choose(ui, number: int) -> None:
    ui.lesionTable.setCurrentCell(cells(ui, 0).index(str(number)), 0)


def mask_of(slicer, panel, volume) -> np.ndarray:
    return slicer.util.arrayFromSegmentBinaryLabelmap(panel.ui.resultSelector.currentNode(), "ICAC", volume) > 0


def accepted(panel) -> str:
    """What the figures say of both sides' accepted lesions."""
    return panel.ui.resultTable.item(2, 3).text()


def test_lesions_are_listed_with_their_figures(ui):
    assert sorted(cells(ui, 0)) == ["1", "2"]
    assert set(cells(ui, 1)) == {"to review"}
    right = cells(ui, 0).index("1")
    assert [cells(ui, column)[right] for column in (2, 3, 5, 6, 7, 8)] == ["right", "C4", "700", "700", "0.90", "0 %"]


def test_selecting_a_row_jumps_every_slice_view_there(ui, slicer, volume):
    views = [slicer.vtkMRMLSliceNode() for _ in range(3)]
    for name, view in zip("abc", views, strict=True):
        view.SetLayoutName(name)
        slicer.mrmlScene.AddNode(view)
    views[1].SetOrientationToSagittal()
    views[2].SetOrientationToCoronal()
    choose(ui, 2)
    hu = slicer.util.arrayFromVolume(volume)
    k, j, i = np.argwhere(hu == 500).mean(axis=0)
    expected = np.array([-0.5 * i + 10, -0.55 * j - 1.2 * k + 50, 0.12 * j + 4 * k - 40])
    for view in views:
        matrix = view.GetSliceToRAS()
        assert np.allclose([matrix.GetElement(row, 3) for row in range(3)], expected, atol=0.6)
    assert "left C4 (cavernous)" in ui.lesionLabel.text
    assert "max 500 HU" in ui.lesionLabel.text


@pytest.mark.quick
def test_deciding_changes_totals_and_segmentation_at_once(ui, reviewed, slicer, volume):
    choose(ui, 2)
    ui.rejectButton.click()
    hu = slicer.util.arrayFromVolume(volume)
    assert np.array_equal(mask_of(slicer, reviewed, volume), hu == 700)
    assert "1 of 2 lesions done" in ui.reviewSection.text
    ui.acceptButton.click()         # the other lesion was selected by the first decision
    assert "2 of 2 lesions done" in ui.reviewSection.text
    voxel_mm3 = abs(np.linalg.det([[-0.5, 0, 0], [0, -0.55, -1.2], [0, 0.12, 4]]))
    assert f"{60 * voxel_mm3:.1f}" in accepted(reviewed)
    assert f"{66 * voxel_mm3:.1f}" not in accepted(reviewed)


def test_undo_and_redo_take_every_step(ui, reviewed, slicer, volume):
    dense = slicer.util.arrayFromVolume(volume) >= 400
    assert not ui.undoButton.enabled
    choose(ui, 2)
    ui.commentEdit.setText("petrous apex")
    ui.commentEdit.editingFinished.emit()
    ui.rejectButton.click()
    assert ui.undoButton.toolTip == "Undo (U): Reject lesion 2"
    ui.undoButton.click()
    assert np.array_equal(mask_of(slicer, reviewed, volume), dense)
    choose(ui, 2)
    assert ui.commentEdit.text == "petrous apex"
    ui.undoButton.click()
    assert ui.commentEdit.text == ""
    assert not ui.undoButton.enabled
    ui.redoButton.click()
    ui.redoButton.click()
    assert not ui.redoButton.enabled
    assert mask_of(slicer, reviewed, volume).sum() == 60


def test_keys_decide_as_the_buttons_do(ui, reviewed, slicer):
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window = reviewed.parent
    window.show()
    window.activateWindow()
    reviewed.ui.reviewSection.collapsed = False
    slicer.app.processEvents()
    press = lambda key, *modifier: QTest.keyClick(ui.lesionTable, key, *modifier)  # noqa: E731
    press(Qt.Key.Key_N)
    first = reviewed.reviewSections.model.key
    press(Qt.Key.Key_D)
    assert reviewed.reviewSections.model.key != first
    press(Qt.Key.Key_A)
    assert sorted(cells(ui, 1)) == ["accepted", "flagged"]
    press(Qt.Key.Key_U)
    assert sorted(cells(ui, 1)) == ["flagged", "to review"]
    press(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert sorted(cells(ui, 1)) == ["accepted", "flagged"]
    reviewed.exit()
    press(Qt.Key.Key_U)
    assert sorted(cells(ui, 1)) == ["accepted", "flagged"]
    QTest.keyClick(ui.commentEdit, Qt.Key.Key_X)
    assert ui.commentEdit.text == "x"


def test_keys_are_not_those_of_the_segment_editor(application):
    from ICACSegmentationLib.common.shortcuts import KEYS

    assert not set(KEYS.values()) & set(SEGMENT_EDITOR_KEYS)
    assert len(set(KEYS.values())) == len(KEYS)


def test_filter_and_sort(ui):
    header = ui.lesionTable.horizontalHeader()
    header.sectionClicked.emit(4)
    assert cells(ui, 0) == ["1", "2"]
    header.sectionClicked.emit(4)
    assert cells(ui, 0) == ["2", "1"]
    ui.sideFilter.setCurrentIndex(1)
    assert cells(ui, 2) == ["right"]
    ui.sideFilter.setCurrentIndex(0)
    choose(ui, 1)
    ui.acceptButton.click()
    ui.statusFilter.setCurrentIndex(1)
    assert cells(ui, 0) == ["2"]


def test_reviewer_is_kept_with_what_is_done(ui, reviewed):
    ui.reviewerEdit.setText("R. Reader")
    ui.reviewerEdit.editingFinished.emit()
    choose(ui, 1)
    ui.acceptButton.click()
    assert reviewed.reviewSections.model.session.history[-1].by == "R. Reader"


def test_a_saved_scene_comes_back_with_its_review(ui, reviewed, slicer, volume, tmp_path):
    choose(ui, 2)
    ui.rejectButton.click()
    assert slicer.mrmlScene.WriteToMRB(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear()
    assert ui.lesionTable.rowCount == 0
    assert slicer.mrmlScene.ReadFromMRB(str(tmp_path / "scene.mrb"), False)
    reviewed.enter()
    assert dict(zip(cells(ui, 0), cells(ui, 1), strict=True)) == {"1": "to review", "2": "rejected"}
    ui.undoButton.click()
    volume = slicer.util.getNode("Head")
    assert np.array_equal(mask_of(slicer, reviewed, volume), slicer.util.arrayFromVolume(volume) >= 400)


@pytest.mark.parametrize("kept", ["{", "[" * 300 + "]" * 300, '{"format": NaN}'])
def test_a_damaged_review_in_a_scene_is_one_sentence(panel, result, kept):
    from icac.errors import InputError
    from ICACSegmentationLib.review.scene_review import REVIEW_ATTRIBUTE, open_review

    result.SetAttribute(REVIEW_ATTRIBUTE, kept)
    with pytest.raises(InputError, match=r"The review that the scene holds of .* is damaged"):
        open_review(result, "")


def test_closing_the_scene_leaves_nothing_behind(ui, reviewed, slicer):
    choose(ui, 1)
    slicer.mrmlScene.Clear()
    assert ui.lesionTable.rowCount == 0
    assert not ui.acceptButton.enabled
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []
    ui.nextButton.click()


def test_marks_are_not_saved(ui, reviewed):
    choose(ui, 1)
    marks = reviewed.reviewSections.model.review.overlay.node
    assert not marks.GetSaveWithScene()
    assert marks.GetHideFromEditors()


def test_suggestions_count_once_they_are_accepted(panel, slicer, volume, reviewed):
    """A faint lesion of probability 0.3, below the threshold of 0.5."""
    ui, faint = reviewed.reviewSections.ui, np.s_[4:5, 15:17, 20:22]
    reviewed.reviewSections.model.close()
    slicer.util.arrayFromVolume(volume)[faint] = 300
    segmentation = panel.ui.resultSelector.currentNode()
    map_node = segmentation.GetNodeReference("ICAC.probability")
    slicer.util.arrayFromVolume(map_node)[2:3, 5:7, 16:18] = 0.3       # it begins at the first voxel of calcium
    reviewed.enter()
    assert ui.lesionTable.rowCount == 2
    ui.suggestionsCheckBox.click()
    assert ui.limitSpinBox.value == 0.25
    assert cells(ui, 1) == ["to review", "to review", "suggested"]
    marks = reviewed.reviewSections.model.review.overlay.node
    marked = slicer.util.arrayFromSegmentBinaryLabelmap(marks, "suggested", volume) > 0
    assert np.argwhere(marked).tolist() == [[4, 15, 20], [4, 15, 21], [4, 16, 20], [4, 16, 21]]
    assert mask_of(slicer, reviewed, volume).sum() == 66
    ui.lesionTable.setCurrentCell(2, 0)
    ui.acceptButton.click()
    assert mask_of(slicer, reviewed, volume).sum() == 70
    ui.limitSpinBox.setValue(0.4)
    ui.undoButton.click()
    assert mask_of(slicer, reviewed, volume).sum() == 66
    assert ui.lesionTable.rowCount == 2
