"""The button *Why?*: a map of the selected lesion over the CT, where it belongs, shown and hidden, and let go of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"


@pytest.fixture
def reviewed(panel, slicer, result, python_slicer):
    """Open the panel with a result under review, its larger lesion selected."""
    python_slicer(PROGRAM)
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)
    slicer.app.processEvents()
    panel.reviewSections.model.select(1)
    return panel


@pytest.fixture
def foreground(slicer):
    """Return a function that returns the volume over the CT in the first slice view, or None, and its opacity."""
    def found():
        composite = slicer.app.applicationLogic().GetSliceLogicByLayoutName("Red").GetSliceCompositeNode()
        return slicer.mrmlScene.GetNodeByID(composite.GetForegroundVolumeID() or ""), composite.GetForegroundOpacity()
    return found


def test_the_map_lies_on_the_lesion_and_can_be_hidden(reviewed, slicer, result, wait_until, foreground):
    from ICACSegmentationLib.scene.grids import own_frame

    why, button = reviewed.reviewSections.why, reviewed.reviewSections.ui.whyButton
    part = reviewed.reviewSections.model.lesion.part
    frame = reviewed.reviewSections.model.session.ct.frame
    assert button.enabled
    button.setChecked(True)
    wait_until(lambda: not why.job.is_running)
    volume, opacity = foreground()
    assert volume is not None and opacity == 1, reviewed.reviewSections.ui.reviewMessage.text
    there = own_frame(volume).to_lps(np.argwhere(slicer.util.arrayFromVolume(volume) == 2)[:, ::-1])
    expected = frame.to_lps((np.argwhere(part.mask) + [s.start for s in part.box])[:, ::-1])
    assert np.sort(there, axis=0) == pytest.approx(np.sort(expected, axis=0), abs=1e-3)
    assert "60% lies in the lesion" in reviewed.reviewSections.ui.reviewMessage.text
    button.setChecked(False)
    assert foreground()[0] is None and why.overlay.is_loaded
    button.setChecked(True)
    assert foreground()[0] is volume and not why.job.is_running, "it is not computed twice"


def test_what_is_clear_and_what_has_which_colour(reviewed, slicer, wait_until, foreground):
    why = reviewed.reviewSections.why
    reviewed.reviewSections.ui.whyButton.setChecked(True)
    wait_until(lambda: not why.job.is_running)
    volume, _ = foreground()
    lookup, rgba = volume.GetDisplayNode().GetColorNode().GetLookupTable(), [0.0] * 4
    low, high = volume.GetDisplayNode().GetWindowLevelMin(), volume.GetDisplayNode().GetWindowLevelMax()
    assert (low, high) == (-2, 2)
    for place, alpha, channel in ((0, 0.85, 2), (127, 0.0, None), (254, 0.85, 0)):
        lookup.GetTableValue(place, rgba)
        assert rgba[3] == pytest.approx(alpha, abs=0.01)
        assert channel is None or int(np.argmax(rgba[:3])) == channel


def test_what_the_user_had_in_front_comes_back(reviewed, slicer, add_volume, wait_until, foreground):
    own = add_volume("MR")
    slicer.util.setSliceViewerLayers(foreground=own, foregroundOpacity=0.3)
    reviewed.reviewSections.ui.whyButton.setChecked(True)
    wait_until(lambda: not reviewed.reviewSections.why.job.is_running)
    assert foreground()[0] is not own
    reviewed.exit()
    assert foreground() == (own, pytest.approx(0.3))


def test_another_lesion_takes_the_map_away_and_nothing_is_left(reviewed, slicer, wait_until, foreground):
    before = {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode")}
    ui, model = reviewed.reviewSections.ui, reviewed.reviewSections.model
    ui.whyButton.setChecked(True)
    wait_until(lambda: not reviewed.reviewSections.why.job.is_running)
    model.select(2)
    assert not ui.whyButton.checked and foreground()[0] is None
    assert {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode")} == before
    model.select(None)
    assert not ui.whyButton.enabled


def test_a_failure_is_one_sentence_that_names_the_ct(reviewed, wait_until, monkeypatch):
    monkeypatch.setenv("ICAC_TEST", "fail")
    ui = reviewed.reviewSections.ui
    ui.whyButton.setChecked(True)
    wait_until(lambda: not reviewed.reviewSections.why.job.is_running)
    assert ui.reviewMessage.text == "CT is of another CT." and not ui.whyButton.checked
