"""New views get size and offset late, and hidden segmentations are missed by the subject hierarchy, as in Slicer."""

from __future__ import annotations


def test_what_is_set_before_the_queue_is_worked_off_is_lost(slicer, add_volume, new_views):
    from ICACSegmentationLib.scene.layouts import COMPARE_LAYOUT, PREDICTED_VIEW, Layouts, slice_logic

    layouts = Layouts()
    layouts.show(COMPARE_LAYOUT)
    layouts.leave(COMPARE_LAYOUT)
    slicer.app.layoutManager().forget((PREDICTED_VIEW,))
    slicer.app.layoutManager().setLayout(COMPARE_LAYOUT)
    logic = slice_logic(PREDICTED_VIEW)
    for expected in (0.0, 17.0):
        logic.SetSliceOffset(17.0)
        slicer.app.processEvents()
        assert logic.GetSliceOffset() == expected
    layouts.show(COMPARE_LAYOUT)
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)


def test_a_segmentation_that_was_hidden_before_is_missed(slicer):
    import slicer_host

    node = slicer.vtkMRMLSegmentationNode()
    node.HideFromEditorsOn()
    slicer.mrmlScene.AddNode(node)
    node.GetSegmentation().AddEmptySegment("a")
    assert slicer_host.critical_messages
    slicer_host.critical_messages.clear()


def test_the_editor_wants_its_node_before_its_effects(slicer):
    import slicer_host

    slicer.qMRMLSegmentEditorWidget().setEffectNameOrder(["Paint"])
    assert slicer_host.critical_messages.pop() == "Invalid segment editor parameter set node"


def test_the_module_is_on_screen_between_entering_and_leaving(panel):
    assert not panel.parent.isEntered
    panel.enter()
    assert panel.parent.isEntered
    panel.exit()
    assert not panel.parent.isEntered
