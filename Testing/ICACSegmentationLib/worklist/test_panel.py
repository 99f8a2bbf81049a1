"""Working through a worklist by clicks: open, next, status, comment, crash and resume, manifest, blinded comparison."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

#: Names of the cases, in order.
NAMES = ("anna", "berta", "carl")


def name(ui) -> None:
    ui.annotatorEdit.setText("A. Reader")
    ui.annotatorEdit.editingFinished.emit()


def state(cases: Path, case: str) -> dict:
    [path] = (cases / "icac_worklist/readers").glob(f"*/cases/*{case}*/state.json")
    return json.loads(path.read_text())["content"]


def choose(ui, number: int) -> None:
    table = ui.lesionTable
    numbers = [table.item(row, 0).text() for row in range(table.rowCount)]
    table.setCurrentCell(numbers.index(str(number)), 0)


def statuses(ui) -> dict[str, str]:
    table = ui.lesionTable
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}


def on_screen(slicer) -> list[str]:
    return sorted(node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
                  if not node.GetHideFromEditors())


def test_opening_shows_the_first_case_with_result_and_regions(opened, ui, slicer):
    assert ui.worklistMessage.text == ""
    assert ui.progressLabel.text.startswith("Case 1 of 3")
    assert on_screen(slicer) == ["anna"]
    assert opened.ui.inputSelector.currentNode().GetName() == "anna"
    assert opened.ui.resultSelector.currentNode().GetName() == "anna ICAC"
    assert set(statuses(ui)) == {"1", "2"}
    manual = slicer.util.getNode("anna manual")
    region = slicer.util.arrayFromSegmentBinaryLabelmap(manual, "manual", slicer.util.getNode("anna"))
    assert np.argwhere(region).min(axis=0).tolist() == [1, 9, 3]
    assert region.sum() == 5 * 6 * 9


def test_a_name_is_needed(panel, cases):
    panel.enter()
    panel.reviewSections.ui.annotatorEdit.setText("")
    panel.reviewSections.ui.annotatorEdit.editingFinished.emit()
    panel.reviewSections.worklistPanel.open(cases)
    assert "needs the name of the annotator" in panel.reviewSections.ui.worklistMessage.text
    assert not panel.reviewSections.ui.nextCaseButton.enabled


def test_a_folder_without_cases_is_told(panel, tmp_path):
    panel.enter()
    name(panel.reviewSections.ui)
    panel.reviewSections.worklistPanel.open(tmp_path)
    assert "holds no CT" in panel.reviewSections.ui.worklistMessage.text


def test_what_is_unsaved_in_the_scene_is_asked_about(panel, cases, add_volume, questions):
    add_volume("mine")
    panel.enter()
    name(panel.reviewSections.ui)
    panel.reviewSections.worklistPanel.open(cases)
    assert len(questions) == 1
    assert "not saved" in questions[0]


def test_next_and_previous_change_the_case(ui, slicer):
    ui.nextCaseButton.click()
    assert on_screen(slicer) == ["berta"]
    assert ui.progressLabel.text.startswith("Case 2 of 3")
    ui.caseBox.setCurrentIndex(2)
    ui.caseBox.activated.emit(2)
    assert on_screen(slicer) == ["carl"]
    ui.nextCaseButton.click()
    assert ui.worklistMessage.text == "There is no other case in this direction."
    ui.previousButton.click()
    assert on_screen(slicer) == ["berta"]


def test_everything_is_saved_at_every_change(ui, cases):
    choose(ui, 2)
    assert state(cases, "anna")["lesion"] == "2"
    ui.rejectButton.click()
    [record] = (cases / "icac_worklist/readers").glob("*/cases/*anna*/review.json")
    lesions = json.loads(record.read_text())["content"]["corrected"]["lesions"]
    assert [lesion["status"] for lesion in lesions] == ["unreviewed", "rejected"]
    ui.caseCommentEdit.setText("motion")
    ui.caseCommentEdit.editingFinished.emit()
    ui.caseStatusBox.setCurrentIndex(3)
    ui.caseStatusBox.activated.emit(3)
    saved = state(cases, "anna")
    assert (saved["status"], saved["comment"], saved["annotator"]) == ("flagged", "motion", "A. Reader")
    assert "1 flagged" in ui.progressLabel.text


def test_a_crash_loses_nothing(ui, cases, slicer, module):
    """A second panel opens the list while the first one was never closed, as after a crash."""
    import slicer_host

    ui.nextCaseButton.click()
    choose(ui, 1)
    ui.acceptButton.click()
    ui.lesionTable.clearSelection()
    choose(ui, 2)
    widget, container = slicer_host.open_panel(module)
    widget.enter()
    widget.reviewSections.worklistPanel.open(cases)
    after = widget.reviewSections.ui
    assert after.progressLabel.text.startswith("Case 2 of 3")
    assert statuses(after) == {"1": "accepted", "2": "to review"}
    assert widget.reviewSections.model.key == 2
    after.undoButton.click()
    assert statuses(after)["1"] == "to review"
    widget.cleanup()
    container.deleteLater()


def test_done_cases_leave_as_a_training_manifest(ui, opened, cases, tmp_path):
    from icac.trainingset.manifest import read_manifest

    choose(ui, 2)
    ui.rejectButton.click()
    ui.doneButton.click()
    assert ui.progressLabel.text.startswith("Case 2 of 3; 1 done")
    ui.doneButton.click()
    opened.reviewSections.worklistPanel.export_manifest(tmp_path / "out/manifest.csv")
    assert ui.worklistMessage.text.startswith("2 cases written")
    exported = read_manifest(tmp_path / "out/manifest.csv")
    assert {case.name for case in exported.cases} == {"anna", "berta"}
    [anna] = [case for case in exported.cases if case.name == "anna"]
    assert (sitk.GetArrayFromImage(sitk.ReadImage(str(anna.roi))) > 0).sum() == 60


def test_closing_the_list_saves_and_leaves_the_case_on_screen(ui, cases, slicer):
    choose(ui, 2)
    ui.rejectButton.click()
    ui.closeButton.click()
    assert on_screen(slicer) == ["anna"]
    assert state(cases, "anna")["mask"]
    assert not list((cases / "icac_worklist").rglob("open.lock"))
    assert not ui.nextCaseButton.enabled


def test_closing_the_scene_keeps_the_list(ui, cases, slicer):
    choose(ui, 2)
    ui.rejectButton.click()
    slicer.mrmlScene.Clear()
    assert state(cases, "anna")["mask"]
    assert statuses(ui) == {}
    ui.caseBox.activated.emit(0)
    assert statuses(ui) == {"1": "to review", "2": "rejected"}


def test_a_damaged_result_is_told_and_the_list_goes_on(ui, cases, slicer):
    (cases / "berta/result/icac.seg.nrrd").unlink()
    ui.nextCaseButton.click()
    assert "does not hold complete results" in ui.worklistMessage.text
    ui.nextCaseButton.click()
    assert on_screen(slicer) == ["carl"]


def test_a_result_of_another_ct_is_told(panel, cases, slicer):
    from ICACSegmentationLib.result.load import summary_of

    image = sitk.ReadImage(str(cases / "anna" / "ct.nrrd"))
    sitk.WriteImage(image + 1, str(cases / "anna" / "ct.nrrd"))
    panel.enter()
    name(panel.reviewSections.ui)
    panel.reviewSections.worklistPanel.open(cases)
    assert panel.reviewSections.ui.worklistMessage.text == ""
    warnings = summary_of(panel.ui.resultSelector.currentNode()).warnings
    assert any("is of another CT than anna" in text for text in warnings)


def test_regions_beside_the_ct_are_told(panel, cases):
    image = sitk.ReadImage(str(cases / "anna" / "ct_roi.nrrd"))
    image.SetOrigin((900.0, 0.0, 0.0))
    sitk.WriteImage(image, str(cases / "anna" / "ct_roi.nrrd"))
    panel.enter()
    name(panel.reviewSections.ui)
    panel.reviewSections.worklistPanel.open(cases)
    assert "lies beside it" in panel.reviewSections.ui.worklistMessage.text


def test_blinded_comparison(ui, cases, slicer):
    ui.blindedButton.click()
    assert ui.blindedLabel.text.startswith("3 of 3 cases")
    names = []
    for _ in NAMES:
        names += on_screen(slicer)
        nodes = list(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"))
        assert {node.GetName() for node in nodes} == {"outlines"}, "names would tell"
        assert all(node.GetHideFromEditors() and not node.GetSaveWithScene() for node in nodes)
        views = [node.GetDisplayNode().GetNthViewNodeID(0) for node in nodes]
        assert len(set(views)) == 2
        assert len({node.GetSegmentation().GetSegment("outlines").GetColor() for node in nodes}) == 1
        assert not ui.unblindButton.enabled
        side_of = {slicer.mrmlScene.GetNodeByID(view).GetName(): node for view, node in zip(views, nodes, strict=True)}
        predicted = [label for label, node in side_of.items() if voxels(slicer, node) == 66]
        (ui.leftButton if "Left" in predicted[0] else ui.rightButton).click()
    assert sorted(names) == ["Case 1", "Case 2", "Case 3"]
    assert not ui.leftButton.enabled
    ui.unblindButton.click()
    assert "preferred in 3 of 3 cases" in ui.blindedLabel.text
    assert "p = 0.25" in ui.blindedLabel.text
    assert not ui.nextCaseButton.enabled
    ui.blindedButton.click()
    assert on_screen(slicer) == ["anna"]
    assert ui.nextCaseButton.enabled


def test_a_blinded_comparison_opens_no_other_section(opened, ui, slicer):
    assert opened.ui.segmentSection.collapsed
    ui.blindedButton.click()
    ui.leftButton.click()
    assert opened.ui.segmentSection.collapsed, "the next case takes the place of the last one"
    slicer.mrmlScene.Clear()
    assert not ui.blindedButton.checked
    assert not opened.ui.segmentSection.collapsed


def test_a_case_opens_at_the_siphons(opened, slicer):
    for name in ("Red", "Green", "Yellow"):
        assert slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode").GetFieldOfView()[0] < 100


def test_excluded_cases_are_not_compared_and_any_name_will_do(ui, cases):
    ui.annotatorEdit.setText("A/B")
    ui.annotatorEdit.editingFinished.emit()
    ui.caseStatusBox.setCurrentIndex(4)
    ui.caseStatusBox.activated.emit(4)
    ui.blindedButton.click()
    assert ui.blindedLabel.text.startswith("2 of 2 cases"), ui.worklistMessage.text
    ui.leftButton.click()
    assert ui.blindedLabel.text.startswith("1 of 2 cases"), ui.worklistMessage.text


def voxels(slicer, node) -> int:
    ct = next(node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"))
    return int((slicer.util.arrayFromSegmentBinaryLabelmap(node, "outlines", ct) > 0).sum())


def test_visual_scores_lie_beside_the_mask_of_their_case(opened, ui, cases):
    opened.ui.scoresSection.collapsed = False
    ui.woodcockRightBox.setCurrentIndex(6)
    ui.saveScoresButton.click()
    [path] = (cases / "icac_worklist").rglob("scores.json")
    assert path.parent.name == "anna"
    [reading] = json.loads(path.read_text())["readings"]
    assert (reading["by"], reading["scores"]["right"]["woodcock"]) == ("A. Reader", "double_tracks")
    ui.nextCaseButton.click()
    assert ui.woodcockRightBox.currentIndex == 0
    ui.previousButton.click()
    assert ui.woodcockRightBox.currentIndex == 6
