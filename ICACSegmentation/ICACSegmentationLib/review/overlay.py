"""Marks over the CT that belong to nobody's segmentation: the selected lesion, previews, suggestions, rejected ones.

They are never saved with the scene and do not show up in lists of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import slicer

from ICACSegmentationLib.scene.nodes import add_hidden
from ICACSegmentationLib.scene.segment_block import write_block


class Style(NamedTuple):
    """How a mark looks."""

    color: tuple[float, float, float]
    filled: bool


#: Kinds of marks.
STYLES = {
    "selected": Style((1.0, 1.0, 1.0), False),
    "rejected": Style((0.55, 0.55, 0.55), False),
    "suggested": Style((0.95, 0.9, 0.25), False),
    "removed": Style((1.0, 0.15, 0.15), True),
    "added": Style((0.2, 0.9, 0.3), True),
}

#: Opacity of filled marks.
FILL_OPACITY = 0.6


class Overlay:
    """Shows marks on the frame of a CT in the world.

    Parameters
    ----------
    frame : icac.geometry.Frame

    """

    def __init__(self, frame) -> None:
        self._frame, self._id = frame, ""

    @property
    def node(self):
        """The segmentation node that holds the marks, made if it is not there."""
        found = slicer.mrmlScene.GetNodeByID(self._id) if self._id else None
        return found or self._make_node()

    def _make_node(self):
        node = add_hidden(slicer.vtkMRMLSegmentationNode(), "ICAC marks")
        self._id = node.GetID()
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SaveWithSceneOff()
        for name, style in STYLES.items():
            node.GetSegmentation().AddEmptySegment(name, name, style.color)
            display.SetSegmentVisibility2DFill(name, style.filled)
            display.SetSegmentOpacity2DFill(name, FILL_OPACITY)
            display.SetSegmentVisibility3D(name, False)
        return node

    def show(self, name: str, parts: Iterable) -> None:
        """Mark some parts of the CT (``icac.correct.block.Part``) instead of what has this mark now."""
        from icac.review.parts import union

        parts = list(parts)
        node = self.node
        slicer.vtkSlicerSegmentationsModuleLogic.ClearSegment(node, name)
        if parts:
            box, mask = union(parts)
            write_block(node, name, mask, box, self._frame)

    def show_patch(self, patch) -> None:
        """Mark what a correction would remove and add; None takes these marks away."""
        from icac.correct.block import Part

        for name in ("removed", "added"):
            changed = None if patch is None else getattr(patch, name)
            self.show(name, [] if changed is None or not changed.any() else [Part(patch.box, changed)])

    def set_visible(self, visible: bool) -> None:
        """Show the marks or hide them all, without forgetting them."""
        self.node.GetDisplayNode().SetVisibility(visible)

    def clear(self) -> None:
        """Take all marks away."""
        node = slicer.mrmlScene.GetNodeByID(self._id) if self._id else None
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)
        self._id = ""
