"""Two readers in the panel: blind to each other and to the model, case fields, and a third reading from both masks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813


@pytest.fixture
def blind(ui):
    """The list is read blind to the model."""
    ui.blindModelBox.click()
    return ui


def segmentations(slicer) -> list[str]:
    return sorted(node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
                  if not node.GetHideFromEditors())


def voxels(slicer, node) -> int:
    ct = next(node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
              if not node.GetHideFromEditors())
    segment = node.GetSegmentation().GetNthSegmentID(0)
    return int((slicer.util.arrayFromSegmentBinaryLabelmap(node, segment, ct) > 0).sum())


def reading(cases: Path, reader: str, case: str) -> Path:
    [folder] = (cases / "icac_worklist").glob(f"{reader}/cases/{case}")
    return folder


def state(cases: Path, reader: str, case: str) -> dict:
    return json.loads((reading(cases, reader, case) / "state.json").read_text())["content"]


def mask(cases: Path, reader: str, case: str) -> np.ndarray:
    folder = reading(cases, reader, case)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / state(cases, reader, case)["mask"]))) > 0


def add(opened, z: int, y: int, x: int) -> None:
    """Click on calcium that nobody marked, given by its voxel."""
    opened.reviewSections._correct._add((10.0 - 0.5 * x, 50.0 - 0.55 * y, -40.0 + 4.0 * z))


def choose(ui, number: int) -> None:
    table = ui.lesionTable
    numbers = [table.item(row, 0).text() for row in range(table.rowCount)]
    table.setCurrentCell(numbers.index(str(number)), 0)


def test_a_blind_reading_knows_nothing_of_the_model(opened, blind, slicer, cases):
    ui = blind
    assert segmentations(slicer) == ["anna reading"], "neither result nor drawn region"
    assert opened.ui.manualSelector.currentNode() is None
    assert ui.lesionTable.rowCount == 0
    table = opened.ui.resultTable
    assert [table.item(row, 1).text() for row in range(3)] == ["–", "–", "–"]
    assert [table.item(row, 2).text() for row in range(3)] == ["0.0 (0)"] * 3
    node = slicer.util.getNode("anna reading")
    told = node.GetAttribute("ICAC.report")
    assert json.loads(told)["lesions"] == [] and "tests" not in told
    hidden = [n.GetName() for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if n.GetHideFromEditors()]
    assert not [name for name in hidden if "probability" in name]
    ui.suggestionsCheckBox.setChecked(True)
    assert ui.lesionTable.rowCount == 0
    assert not ui.revealButton.enabled
    assert "blind" in ui.readersLabel.text


def test_a_blind_reading_is_drawn_saved_and_then_compared(opened, blind, slicer, cases, enter_name):
    ui = blind
    add(opened, 3, 12, 6)
    assert ui.lesionTable.rowCount == 1
    ui.nextCaseButton.click()
    ui.previousButton.click()
    assert ui.lesionTable.rowCount == 1, "the reading goes on"
    ui.doneButton.click()
    ui.previousButton.click()
    assert segmentations(slicer) == ["anna reading"], "until it is asked for"
    ui.revealButton.click()
    assert segmentations(slicer) == ["anna ICAC", "anna read by A. Reader"]
    assert opened.ui.manualSelector.currentNode().GetName() == "anna read by A. Reader"
    assert voxels(slicer, slicer.util.getNode("anna read by A. Reader")) == 20
    [who] = [path.name for path in (cases / "icac_worklist/readers").iterdir()]
    saved = state(cases, f"readers/{who}", "anna")
    assert saved["blind"] and saved["revealed"]
    before = mask(cases, f"readers/{who}", "anna")
    choose(ui, 2)
    ui.rejectButton.click()
    ui.nextCaseButton.click()
    assert (mask(cases, f"readers/{who}", "anna") == before).all(), "the reading stays as it was"
    review = json.loads((reading(cases, f"readers/{who}", "anna") / "review.json").read_text())["content"]
    assert [lesion["origin"] for lesion in review["corrected"]["lesions"]] == ["added"]


def test_another_name_is_another_reader(ui, slicer, cases, enter_name):
    choose(ui, 2)
    ui.rejectButton.click()
    ui.caseCommentEdit.setText("of the first")
    ui.caseCommentEdit.editingFinished.emit()
    enter_name(ui, "Bea")
    assert ui.caseCommentEdit.text == ""
    assert [ui.lesionTable.item(row, 1).text() for row in range(2)] == ["to review", "to review"]
    ui.caseCommentEdit.setText("of the second")
    ui.caseCommentEdit.editingFinished.emit()
    enter_name(ui, "A. Reader")
    assert ui.caseCommentEdit.text == "of the first"
    assert "rejected" in [ui.lesionTable.item(row, 1).text() for row in range(2)]
    assert state(cases, "readers/bea", "anna")["comment"] == "of the second"


def test_fields_are_saved_at_once(opened, cases, enter_name):
    ui = opened.reviewSections.ui
    table = cases / "list.csv"
    table.write_text("case,image,result,quality:good|poor,stenosis:number 0..100\n"
                     "anna,anna/ct.nrrd,anna/result,poor,\n")
    enter_name(ui, "Anna")
    opened.reviewSections.worklistPanel.open(table)
    editors = opened.reviewSections.worklistPanel._fields._editors
    assert next(iter(editors)) == "circularity" and list(editors)[-2:] == ["quality", "stenosis"]
    assert editors["quality"].currentText == "poor"
    assert editors["thickness"].itemText(3) == "less than 1.5 mm"
    editors["thickness"].setCurrentIndex(3)
    editors["thickness"].activated.emit(3)
    editors["stenosis"].setText("400")
    editors["stenosis"].editingFinished.emit()
    assert "lies between 0 and 100" in ui.worklistMessage.text
    assert editors["stenosis"].text == ""
    editors["stenosis"].setText("40")
    editors["stenosis"].editingFinished.emit()
    saved = json.loads((cases / "list_worklist/readers/anna/cases/anna/state.json").read_text())["content"]
    assert saved["fields"] == {"thickness": "thin", "stenosis": "40"}


def test_third_reading(opened, ui, slicer, cases, enter_name):
    ui.adjudicateButton.click()
    assert "No case of the list can be adjudicated yet" in ui.worklistMessage.text
    assert not ui.adjudicateButton.checked and ui.progressLabel.text.startswith("Case 1 of 3")
    enter_name(ui, "Anna")
    ui.doneButton.click()                                                   # both lesions, 60 and 6 voxels
    enter_name(ui, "Bea")
    choose(ui, 1)
    ui.rejectButton.click()
    ui.doneButton.click()                                                   # the small one alone
    enter_name(ui, "Carl")
    ui.adjudicateButton.click()
    assert ui.adjudicateButton.checked and ui.progressLabel.text.startswith("Case 1 of 1")
    assert [ui.takeBox.itemText(n) for n in range(ui.takeBox.count)] == ["Anna", "Bea"]
    assert voxels(slicer, slicer.util.getNode("anna reading")) == 66
    shown = slicer.util.getNode("readings").GetSegmentation()
    assert [shown.GetNthSegment(n).GetName() for n in range(3)] == ["all readers", "Anna", "Bea"]
    choose(ui, 1)
    ui.takeBox.setCurrentIndex(1)
    ui.takeButton.click()
    assert voxels(slicer, slicer.util.getNode("anna reading")) == 6
    ui.undoButton.click()
    assert voxels(slicer, slicer.util.getNode("anna reading")) == 66
    choose(ui, 1)
    ui.takeButton.click()
    ui.doneButton.click()
    assert mask(cases, "adjudicated", "anna").sum() == 6
    assert mask(cases, "readers/anna", "anna").sum() == 66 and mask(cases, "readers/bea", "anna").sum() == 6
    assert state(cases, "adjudicated", "anna")["annotator"] == "Carl"
    ui.adjudicateButton.click()
    assert ui.progressLabel.text.startswith("Case 1 of 3") and ui.takeBox.count == 0
