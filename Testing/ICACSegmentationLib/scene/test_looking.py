"""What the views show: close to the lesions, with a window for bone, and as the reader had it on leaving."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def views(window, slicer, result, wait_until):
    """The window with a result on screen; the views still show the whole head."""
    window.panel.enter()
    window.panel.ui.resultSelector.setCurrentNode(result)
    for node in on_screen(slicer):
        set_width(node, 240)
    return window


def on_screen(slicer) -> list:
    return [node for node in slicer.util.getNodesByClass("vtkMRMLSliceNode") if node.IsMappedInLayout()]


def set_width(node, width: float) -> None:
    _, height, depth = old = node.GetFieldOfView()
    node.SetFieldOfView(width, width * height / old[0], depth)


def display_of(result):
    from ICACSegmentationLib.scene.nodes import ct_of

    return ct_of(result).GetDisplayNode()


def test_the_first_jump_comes_close_and_then_the_zoom_is_the_readers(views, slicer):
    model = views.panel.reviewSections.model
    model.select(1)
    assert [node.GetFieldOfView()[0] for node in on_screen(slicer)] == pytest.approx([90.0] * 3)
    red = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    for width in (30.0, 200.0):
        set_width(red, width)
        model.select(3 - model.key)
        assert red.GetFieldOfView()[0] == pytest.approx(width)


def test_a_view_that_the_reader_has_zoomed_keeps_its_zoom_from_the_start(views, slicer):
    red = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    set_width(red, 40)
    views.panel.reviewSections.model.select(1)
    assert red.GetFieldOfView()[0] == pytest.approx(40)


def test_proportions_of_a_view_stay(views, slicer):
    red = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    before = red.GetFieldOfView()
    views.panel.reviewSections.model.select(1)
    after = red.GetFieldOfView()
    assert after[1] / after[0] == pytest.approx(before[1] / before[0])


def test_after_a_run_the_slices_pass_through_the_largest_lesion_around_the_siphons(views, slicer, result):
    views.panel.onFinished(result)
    lesion = max(views.panel.reviewSections.model.session.lesions, key=lambda found: found.measured.volume_mm3)
    from ICACSegmentationLib.result.data import courses_of
    from ICACSegmentationLib.scene.jump import _siphon, point_of

    point = point_of(lesion.part, views.panel.reviewSections.model.session.ct.frame)
    right, left = sorted((_siphon(course) for course in courses_of(result).values()), key=lambda ras: -ras[0])
    assert point[0] > 0
    for node in on_screen(slicer):
        plane = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
        assert (plane[:3, 3] - point) @ plane[:3, 2] == pytest.approx(0, abs=1e-3), "the slice passes through it"
        assert node.GetFieldOfView()[0] == pytest.approx(90)
        if node.GetOrientation() == "Axial":
            assert plane[:2, 3] == pytest.approx(((right + left) / 2)[:2], abs=1e-3)
        if node.GetOrientation() == "Sagittal":
            assert plane[1:3, 3] == pytest.approx(right[1:], abs=1e-3)


def test_bone_and_brain_take_turns_and_the_readers_window_comes_back(views, result):
    ui, display = views.panel.ui, display_of(result)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(777, 111)
    ui.boneButton.click()
    assert (display.GetWindow(), display.GetLevel()) == (1200, 350)
    ui.brainButton.click()
    assert (display.GetWindow(), display.GetLevel()) == (80, 40)
    assert not ui.boneButton.checked
    ui.brainButton.click()
    assert (display.GetWindow(), display.GetLevel()) == (777, 111)


def test_leaving_brings_the_readers_window_back_also_an_automatic_one(views, result):
    display = display_of(result)
    display.SetAutoWindowLevel(True)
    own = (display.GetWindow(), display.GetLevel())
    views.panel.ui.boneButton.click()
    assert not display.GetAutoWindowLevel()
    views.panel.exit()
    assert ((display.GetWindow(), display.GetLevel()), display.GetAutoWindowLevel()) == (own, 1)
    assert not views.panel.ui.boneButton.checked


def test_a_window_that_the_reader_sets_meanwhile_stays(views, result):
    display = display_of(result)
    views.panel.ui.boneButton.click()
    display.SetWindowLevel(900, 250)
    views.panel.exit()
    assert (display.GetWindow(), display.GetLevel()) == (900, 250)


def test_a_ct_that_is_loaded_while_the_panel_is_open_is_chosen(window, slicer, add_volume):
    window.panel.enter()
    assert window.panel.ui.inputSelector.currentNode() is None
    first = add_volume("First")
    slicer.app.processEvents()
    assert window.panel.ui.inputSelector.currentNode() is first
    add_volume("Second")
    slicer.app.processEvents()
    assert window.panel.ui.inputSelector.currentNode() is first, "what the user works on stays"
    window.panel.exit()


def test_nothing_is_chosen_while_the_user_is_elsewhere(window, slicer, add_volume):
    window.panel.enter()
    window.panel.exit()
    add_volume()
    slicer.app.processEvents()
    assert window.panel.ui.inputSelector.currentNode() is None


def test_the_siphon_is_the_cavernous_segment(application):
    from icac.anatomy import Course, Side
    from ICACSegmentationLib.scene.jump import _siphon

    points = np.arange(15.0).reshape(5, 3)
    course = Course(Side.LEFT, points, np.ones(5), np.array([2, 4, 4, 5, 7]))
    assert _siphon(course) == pytest.approx([-4.5, -5.5, 6.5])
