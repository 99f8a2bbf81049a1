"""Two scans of one person in the panel, with the program itself in a child process; both CT have the same voxels."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def two(slicer, add_volume, result_folder):
    """Return the results of two CT."""
    from ICACSegmentationLib.result.load import load_result

    return [load_result(result_folder, add_volume(name)) for name in ("2020", "2024")]


@pytest.fixture
def chosen(panel, slicer, two, python_slicer):
    """Open the panel with both results chosen."""
    python_slicer()
    panel.enter()
    panel.ui.changeSection.collapsed = False
    for which, result in zip(("First", "Second"), two, strict=True):
        getattr(panel.ui, f"change{which}ResultSelector").setCurrentNode(result)
    slicer.app.processEvents()
    return panel


def rows(panel) -> list[list[str]]:
    table = panel.ui.changeTable
    return [[table.item(row, column).text() for column in range(table.columnCount)] for row in range(table.rowCount)]


def test_what_became_of_each_lesion_is_told_and_shown(chosen, slicer, two, wait_until):
    from ICACSegmentationLib.scene.grids import segment_mask, set_segment_mask, world_frame
    from ICACSegmentationLib.scene.nodes import ct_of

    frame = world_frame(ct_of(two[1]))
    mask = segment_mask(two[1], "ICAC", frame)
    mask[6:7] = False
    set_segment_mask(two[1], "ICAC", mask, frame)
    layouts = slicer.app.layoutManager()
    layouts.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    assert chosen.ui.changeFirstVolumeSelector.currentNode() is ct_of(two[0])
    chosen.ui.changeButton.click()
    assert chosen.viewSections.change.job.is_running and chosen.ui.changeButton.text == "Cancel"
    wait_until(lambda: not chosen.viewSections.change.job.is_running)
    assert chosen.viewSections.change.record, chosen.ui.changeMessage.text
    assert [row[:2] for row in rows(chosen)] == [["All", ""], ["Right C4", "stable"], ["Left C4", "unsure"]]
    assert rows(chosen)[1][4] == "+0.0" and rows(chosen)[2][3] == "0.0"
    assert "From 2020 to 2024: -" in chosen.ui.changeMessage.text
    assert layouts.layout > 100
    from icac.change.colors import STATE_COLORS
    from icac.change.result import State

    table = chosen.ui.changeTable
    shown = [table.item(row, 1).background().color().getRgb()[:3] for row in (1, 2)]
    assert shown == [STATE_COLORS[State.STABLE], STATE_COLORS[State.UNSURE]], "as in the views"
    chosen.ui.changeTable.selectRow(2)
    slicer.app.processEvents()
    missed = chosen.viewSections.change.record["lesions"][1]
    view = slicer.mrmlScene.GetSingletonNode("ICACSecond", "vtkMRMLSliceNode").GetSliceToRAS()
    there = [view.GetElement(row, 3) for row in range(3)]
    assert there == pytest.approx([missed[f"before_{axis}_mm"] for axis in ("right", "anterior", "superior")], abs=0.1)
    assert not any(node.GetDisplayNode().GetVisibility() for node in two), "what is missed is outlined once"
    chosen.exit()
    assert all(node.GetDisplayNode().GetVisibility() for node in two)
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView


@pytest.mark.parametrize(("state", "beyond", "trend", "shown", "hint"), [
    ("gone", 0, "shrunk", "gone?", "gone, may be noise"), ("new", 1, "grown", "new", "new"),
    ("split", 1, "shrunk", "split ↓", "split, shrunk"), ("merged", 0, "stable", "merged", "merged, stable")])
def test_states_say_what_may_be_noise_and_the_trend_of_several(chosen, wait_until, state, beyond, trend, shown, hint):
    chosen.ui.changeButton.click()
    wait_until(lambda: not chosen.viewSections.change.job.is_running)
    chosen.viewSections.change.record["lesions"][1].update(state=state, beyond_noise=beyond, trend=trend)
    chosen.viewSections.change._show_rows()
    assert rows(chosen)[2][1] == shown and chosen.ui.changeTable.item(2, 1).toolTip() == hint


def test_no_change_stands_beside_what_one_scan_does_not_show(chosen, wait_until):
    chosen.ui.changeButton.click()
    wait_until(lambda: not chosen.viewSections.change.job.is_running)
    lesion = chosen.viewSections.change.record["lesions"][0]
    lesion.update(dict.fromkeys(("change_mm3", "noise_low_mm3", "noise_high_mm3", "beyond_noise", "trend")),
                  state="outside")
    chosen.viewSections.change._show_rows()
    assert rows(chosen)[1][1] == "outside" and rows(chosen)[1][4:] == ["", ""]
    assert rows(chosen)[1][2] == f"{lesion['before_mm3']:.1f}"


def test_nothing_of_the_users_is_moved_or_left_behind(chosen, slicer, two, wait_until):
    before = {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLDisplayableNode")}
    chosen.ui.changeButton.click()
    wait_until(lambda: not chosen.viewSections.change.job.is_running)
    assert all(node.GetParentTransformNode() is None for node in two)
    chosen.viewSections.leave_scene()
    assert {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLDisplayableNode")} == before
    assert rows(chosen) == []
    assert not chosen.ui.changeTable.isVisibleTo(chosen.ui.changeSection), "no empty table"


def test_before_a_comparison_the_section_is_as_high_as_its_choices(chosen, slicer, two, wait_until):
    section = chosen.ui.changeSection
    empty = section.sizeHint().height()
    assert not chosen.ui.changeTable.isVisibleTo(section)
    chosen.ui.changeButton.click()
    wait_until(lambda: not chosen.viewSections.change.job.is_running)
    assert chosen.ui.changeTable.isVisibleTo(section)
    assert section.sizeHint().height() > empty + chosen.ui.changeTable.minimumHeight // 2


def test_a_result_of_another_ct_is_refused_in_a_sentence(chosen, slicer, two):
    from ICACSegmentationLib.scene.nodes import ct_of

    chosen.ui.changeFirstVolumeSelector.setCurrentNode(ct_of(two[1]))
    assert not chosen.ui.changeButton.enabled, "one CT cannot be compared with itself"
    chosen.ui.changeSecondVolumeSelector.setCurrentNode(ct_of(two[0]))
    chosen.ui.changeButton.click()
    assert "is no result of this module for 2024" in chosen.ui.changeMessage.text
    assert not chosen.viewSections.change.job.is_running


def test_the_second_ct_lies_where_the_alignment_puts_it(slicer, add_volume):
    from ICACSegmentationLib.change.view import _moved
    from ICACSegmentationLib.scene.grids import world_frame
    from ICACSegmentationLib.scene.nodes import hardened_copy

    volume = add_volume("CT")
    before = world_frame(volume)
    matrix = np.array([[0.0, -1, 0, 4], [1, 0, 0, -9], [0, 0, 1, 30], [0, 0, 0, 1]])
    after = world_frame(_moved(hardened_copy(volume), matrix))
    assert after.affine == pytest.approx(matrix @ before.affine)
    assert world_frame(volume).affine == pytest.approx(before.affine)
