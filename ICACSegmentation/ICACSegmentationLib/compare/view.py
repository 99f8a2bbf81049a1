"""How a comparison is drawn: which of its segments each view shows, and what is hidden meanwhile."""

from __future__ import annotations

from enum import Enum

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import MANUAL, NEUTRAL, PREDICTED
from ICACSegmentationLib.compare.comparison import SEGMENTS
from ICACSegmentationLib.scene.layouts import (
    COMPARE_LAYOUT,
    MANUAL_VIEW,
    PREDICTED_VIEW,
    THREED_VIEW,
    Layouts,
    link,
    show_volume,
    view_node,
)
from ICACSegmentationLib.scene.nodes import show_outlines


class Mode(Enum):
    """Ways to show a comparison; what the left and the right view show."""

    SIDE_BY_SIDE = (("predicted",), ("manual",))
    OVERLAY = (("predicted", "manual"), ())
    AGREEMENT = (("both", "predicted_only", "manual_only"), ())


#: What the 3D view shows in every mode.
IN_3D = ("both", "predicted_only", "manual_only")


def view_titles(mode: Mode) -> tuple[str, str]:
    """Return what stands above the left and the right view."""
    return {Mode.SIDE_BY_SIDE: (_("Predicted"), _("Manual")),
            Mode.OVERLAY: (_("Predicted and manual"), _("CT alone")),
            Mode.AGREEMENT: (_("Agreement"), _("CT alone"))}[mode]


class CompareView:
    """Shows one comparison in views of its own.

    Parameters
    ----------
    layouts : Layouts

    """

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._hidden: list[str] = []
        self._kept_out: list[str] = []

    def open(self, node, ct: slicer.vtkMRMLScalarVolumeNode, center_ras, mode: Mode) -> bool:
        """Show a comparison of segmentations of a CT, around a point; return whether its views are on screen."""
        if not self._layouts.show(COMPARE_LAYOUT):
            return False
        for name in (PREDICTED_VIEW, MANUAL_VIEW):
            show_volume(name, ct, center_ras)
        link(PREDICTED_VIEW, MANUAL_VIEW)
        self._hide_others(node)
        self._keep_marks_out(node)
        self.draw(node, mode)
        return True

    def draw(self, node, mode: Mode) -> None:
        """Show a comparison that is open in another way."""
        bars = (PREDICTED, MANUAL) if mode is Mode.SIDE_BY_SIDE else (NEUTRAL, NEUTRAL)
        for name, title, color in zip((PREDICTED_VIEW, MANUAL_VIEW), view_titles(mode), bars, strict=True):
            view_node(name).SetLayoutLabel(title)
            view_node(name).SetLayoutColor(*color)
        left, right, in_3d = _displays(node)
        for display, shown in ((left, mode.value[0]), (right, mode.value[1])):
            _show_segments(display, shown)
            display.SetVisibility3D(False)
            display.SetVisibility2DFill(mode is Mode.AGREEMENT)
        _show_segments(in_3d, IN_3D)
        in_3d.SetVisibility2D(False)
        in_3d.SetVisibility3D(True)
        node.CreateClosedSurfaceRepresentation()

    def close(self, node) -> None:
        """Bring the user's layout back, and show again what was hidden."""
        self._layouts.leave(COMPARE_LAYOUT)
        if node and node.GetScene():
            for display in _displays(node):
                display.SetVisibility(False)
        for display in _still_there(self._hidden):
            display.SetVisibility(True)
        for display in _still_there(self._kept_out):
            display.RemoveAllViewNodeIDs()
        self._hidden, self._kept_out = [], []

    def _hide_others(self, node) -> None:
        """Hide the segmentations themselves, which would cover what is compared."""
        for display in _others(node):
            if display.GetVisibility() and not display.GetDisplayableNode().GetHideFromEditors():
                display.SetVisibility(False)
                self._hidden.append(display.GetID())

    def _keep_marks_out(self, node) -> None:
        """Show the marks of the review, which belong to what is predicted, in every view but that of the manual."""
        views = [view.GetID() for view in slicer.util.getNodesByClass("vtkMRMLAbstractViewNode")
                 if view.GetLayoutName() != MANUAL_VIEW]
        for display in _others(node):
            if display.GetDisplayableNode().GetHideFromEditors() and not display.GetNumberOfViewNodeIDs():
                display.SetViewNodeIDs(views)
                self._kept_out.append(display.GetID())


def _others(node) -> list:
    """Return the display nodes of all other segmentations than that of the comparison."""
    own = {display.GetID() for display in _displays(node)}
    return [display for display in slicer.util.getNodesByClass("vtkMRMLSegmentationDisplayNode")
            if display.GetID() not in own and display.GetDisplayableNode()]


def _still_there(ids: list[str]) -> list:
    return [node for node in map(slicer.mrmlScene.GetNodeByID, ids) if node]


def _displays(node) -> list:
    """Return the display nodes for the left, the right and the 3D view, made if they are not there."""
    if node.GetDisplayNode() is None:
        show_outlines(node)
    while node.GetNumberOfDisplayNodes() < 3:
        display = slicer.vtkMRMLSegmentationDisplayNode()
        display.Copy(node.GetDisplayNode())
        node.AddAndObserveDisplayNodeID(slicer.mrmlScene.AddNode(display).GetID())
    views = (view_node(PREDICTED_VIEW), view_node(MANUAL_VIEW), view_node(THREED_VIEW, "vtkMRMLViewNode"))
    displays = [node.GetNthDisplayNode(n) for n in range(3)]
    for display, view in zip(displays, views, strict=True):
        display.SetViewNodeIDs([view.GetID()] if view else [])
    return displays


def _show_segments(display, shown: tuple[str, ...]) -> None:
    display.SetVisibility(bool(shown))
    for name in SEGMENTS:
        display.SetSegmentVisibility(name, name in shown)
