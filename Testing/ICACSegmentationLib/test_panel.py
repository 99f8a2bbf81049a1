"""The panel as a user meets it: choose, segment, follow, cancel, fail, look at the result. The child is real."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).with_name("program.py")


@pytest.fixture(autouse=True)
def program(python_slicer):
    python_slicer(PROGRAM)


@pytest.fixture
def errors(slicer, monkeypatch):
    """Collect what error boxes would say; nobody is there to close them."""
    shown = []
    monkeypatch.setattr(slicer.util, "errorDisplay", lambda text, **more: shown.append((text, more)))
    return shown


def rows(panel) -> list[list[str]]:
    table = panel.ui.resultTable
    if not table.isVisibleTo(panel.ui.resultSection):
        return []
    return [[table.item(row, column).text() for column in range(2)] for row in range(table.rowCount)]


def test_button_waits_for_a_ct(panel, add_volume):
    assert not panel.ui.segmentButton.enabled
    volume = add_volume()
    panel.enter()
    assert panel.ui.inputSelector.currentNode() is volume
    assert panel.ui.segmentButton.enabled
    panel.ui.inputSelector.setCurrentNode(None)
    assert not panel.ui.segmentButton.enabled


def test_a_labelmap_is_no_ct(panel, slicer):
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    panel.enter()
    assert panel.ui.inputSelector.currentNode() is None


def test_segmenting_brings_the_voxels_back_where_they_were(panel, slicer, add_volume, segment):
    volume = add_volume("Head")
    panel.enter()
    segment()
    segmentation = panel.ui.resultSelector.currentNode()
    assert segmentation.GetName() == "Head ICAC"
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 1
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "ICAC", volume)
    assert np.array_equal(mask > 0, slicer.util.arrayFromVolume(volume) >= 400)
    assert panel.ui.statusLabel.text == "Done: Head ICAC"


def test_the_right_is_on_the_right_of_the_patient(panel, slicer, add_volume, segment):
    volume = add_volume()
    panel.enter()
    segment()
    segmentation = panel.ui.resultSelector.currentNode()
    center = segmentation.GetSegmentCenterRAS("ICAC")
    assert center[0] > 0, "the larger box is on the right: RAS +x"
    voxel_mm3 = abs(np.linalg.det([[-0.5, 0, 0], [0, -0.55, -1.2], [0, 0.12, 4]]))
    assert rows(panel) == [["Right", f"{60 * voxel_mm3:.1f} (1)"], ["Left", f"{6 * voxel_mm3:.1f} (1)"],
                           ["Both", f"{66 * voxel_mm3:.1f} (2)"]]
    assert volume.GetParentTransformNode() is None


def test_a_transformed_ct_and_its_result_lie_together(panel, slicer, add_volume, segment):
    volume = add_volume()
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[:3, 3] = (3, -20, 15)
    slicer.util.updateTransformMatrixFromArray(transform, matrix)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    panel.enter()
    segment()
    volume.HardenTransform()
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(panel.ui.resultSelector.currentNode(), "ICAC", volume)
    assert np.array_equal(mask > 0, slicer.util.arrayFromVolume(volume) >= 400)


def test_result_is_shown_as_outline_in_the_study_of_its_ct(panel, slicer, add_volume, segment):
    volume = add_volume()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volume), study)
    panel.enter()
    segment()
    segmentation = panel.ui.resultSelector.currentNode()
    display = segmentation.GetDisplayNode()
    assert (display.GetVisibility2DFill(), display.GetVisibility2DOutline()) == (False, True)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(segmentation)) == study
    role = segmentation.GetReferenceImageGeometryReferenceRole()
    assert segmentation.GetNodeReference(role) is volume


def test_result_carries_notice_warning_and_provenance(panel, slicer, add_volume, tmp_path, segment):
    add_volume()
    panel.enter()
    segment()
    assert "Not a network." in panel.ui.noticeLabel.text
    assert "research" in panel.ui.noticeLabel.text
    assert "1 warning" in panel.ui.noticeLabel.text
    assert "The slices of CT are thick." in panel.ui.noticeLabel.toolTip
    assert "right moved by 1.5 mm (90% of the artery seen)" in panel.ui.noticeLabel.toolTip
    panel.ui.noticeLabel.linkActivated.emit("warnings")
    assert "The slices of CT are thick." in panel.ui.noticeLabel.text
    segmentation = panel.ui.resultSelector.currentNode()
    assert segmentation.GetAttribute("ICAC.model") == "test"
    assert segmentation.GetAttribute("ICAC.modelChecksum") == "0" * 64
    assert segmentation.GetAttribute("ICAC.threshold") == "0.5"
    shown = rows(panel)
    scene_file = str(tmp_path / "scene.mrb")
    assert slicer.mrmlScene.WriteToMRB(scene_file)
    slicer.mrmlScene.Clear()
    assert rows(panel) == []
    assert slicer.mrmlScene.ReadFromMRB(scene_file, False)
    panel.enter()
    assert rows(panel) == shown


def test_a_new_result_counts_as_not_saved(panel, add_volume, segment):
    add_volume()
    panel.enter()
    segment()
    segmentation = panel.ui.resultSelector.currentNode()
    assert segmentation.GetStorageNode() is None
    assert segmentation.GetModifiedSinceRead()


def test_each_run_makes_a_segmentation_of_its_own(panel, slicer, add_volume, segment):
    add_volume()
    panel.enter()
    segment()
    manual = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "manual")
    segment()
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
             if not node.GetHideFromEditors()]
    assert names == ["CT ICAC", "manual", "CT ICAC_1"]
    panel.ui.resultSelector.setCurrentNode(manual)
    assert rows(panel) == []
    assert panel.ui.noticeLabel.text == "This segmentation was not made by ICACSegmentation."


def test_choices_reach_the_program(panel, add_volume, tmp_path, segment):
    add_volume()
    panel.enter()
    said = []
    panel.logic.job.progressed.connect(lambda report: said.append(report.message))
    segment()
    panel.ui.deviceBox.setCurrentIndex(1)
    panel.ui.thresholdSpinBox.setValue(0.35)
    segment()
    assert [text.split(", process")[0] for text in said if "process" in text] == ["auto, none, none",
                                                                                 "cpu, none, 0.35"]


def test_progress_is_shown_while_the_panel_stays_usable(panel, add_volume, monkeypatch, wait_until):
    monkeypatch.setenv("ICAC_TEST", "hang")
    add_volume()
    panel.enter()
    panel.ui.segmentButton.click()
    wait_until(lambda: panel.ui.progressBar.value == 50)
    assert panel.ui.segmentButton.text == "Cancel"
    assert panel.ui.statusLabel.text.startswith("Segmenting (auto")
    panel.exit()
    panel.enter()
    assert panel.ui.segmentButton.text == "Cancel"


def process_id(panel) -> int:
    return int(panel.ui.statusLabel.text.split("process ")[1].rstrip(")"))


def start_hanging(panel, add_volume, monkeypatch, wait_until) -> int:
    monkeypatch.setenv("ICAC_TEST", "hang")
    add_volume()
    panel.enter()
    panel.ui.segmentButton.click()
    wait_until(lambda: "process" in panel.ui.statusLabel.text)
    return process_id(panel)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().split()[2] == "Z"


def leftovers(slicer) -> list[Path]:
    return list(Path(slicer.app.temporaryPath).glob("icac-*"))


def test_cancel_ends_the_program_behind_the_launcher(panel, slicer, add_volume, monkeypatch, wait_until):
    pid = start_hanging(panel, add_volume, monkeypatch, wait_until)
    assert not is_gone(pid)
    panel.ui.segmentButton.click()
    wait_until(lambda: is_gone(pid))
    assert panel.ui.segmentButton.text == "Segment ICAC"
    assert panel.ui.statusLabel.text == "Cancelled."
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == []
    assert leftovers(slicer) == []


def test_closing_the_scene_ends_the_program(panel, slicer, add_volume, monkeypatch, wait_until):
    pid = start_hanging(panel, add_volume, monkeypatch, wait_until)
    slicer.mrmlScene.Clear()
    wait_until(lambda: is_gone(pid))
    assert panel.ui.inputSelector.currentNode() is None
    assert not panel.ui.segmentButton.enabled


def test_quitting_ends_the_program(panel, add_volume, monkeypatch, wait_until):
    pid = start_hanging(panel, add_volume, monkeypatch, wait_until)
    panel.cleanup()
    wait_until(lambda: is_gone(pid))


def test_a_failure_is_told_in_the_programs_words_of_the_ct(panel, slicer, add_volume, monkeypatch, errors, segment):
    monkeypatch.setenv("ICAC_TEST", "fail")
    add_volume("Head")
    panel.enter()
    segment()
    sentence = "The voxels of Head are too coarse."
    assert [(text, "exit code 3" in more["detailedText"]) for text, more in errors] == [(sentence, True)]
    assert panel.ui.statusLabel.text == sentence
    assert panel.ui.segmentButton.enabled
    assert leftovers(slicer) == []


def test_a_ct_that_was_removed_meanwhile_is_told(panel, slicer, add_volume, errors, wait_until):
    volume = add_volume()
    panel.enter()
    panel.ui.segmentButton.click()
    slicer.mrmlScene.RemoveNode(volume)
    wait_until(lambda: not panel.logic.job.is_running)
    assert [text for text, _ in errors] == ["The CT was removed from the scene, so the result was not loaded."]


def test_a_missing_python_is_told(panel, slicer, add_volume, monkeypatch, errors):
    from pythonqt import slot_errors

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(type(slicer.app), "testingEnabled", lambda self: False)     # else it is raised, not shown
    add_volume()
    panel.enter()
    panel.ui.segmentButton.click()
    assert len(errors) == 1
    assert "PythonSlicer" in str(errors)
    assert [type(slot_errors.pop()) for _ in tuple(slot_errors)] == [FileNotFoundError]
    assert not panel.logic.job.is_running
    assert panel.ui.segmentButton.text == "Segment ICAC"


def test_result_that_comes_while_the_user_is_elsewhere_is_there_on_return(panel, add_volume, wait_until):
    add_volume()
    panel.enter()
    panel.ui.segmentButton.click()
    panel.exit()
    wait_until(lambda: not panel.logic.job.is_running)
    panel.enter()
    assert panel.ui.resultSelector.currentNode().GetName() == "CT ICAC"


def test_scripts_can_segment_without_the_panel(slicer, module, add_volume):
    logic = module.python.ICACSegmentationLogic()
    segmentation = logic.process(add_volume("Scripted"))
    assert segmentation.GetName() == "Scripted ICAC"


def test_scripts_get_failures_as_exceptions(module, add_volume, monkeypatch):
    monkeypatch.setenv("ICAC_TEST", "fail")
    with pytest.raises(RuntimeError, match=r"^The voxels of CT are too coarse\.$"):
        module.python.ICACSegmentationLogic().process(add_volume())


def test_closing_leaves_no_observer(panel, slicer, add_volume):
    add_volume()
    panel.enter()
    panel.cleanup()
    slicer.mrmlScene.Clear()
    add_volume()
    assert panel.ui.inputSelector.currentNode() is None
