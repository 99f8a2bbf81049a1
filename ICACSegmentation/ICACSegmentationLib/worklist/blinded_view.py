"""Two sets of outlines side by side that nobody can tell apart but by what they outline."""

from __future__ import annotations

import numpy as np
import slicer

from ICACSegmentationLib.scene.grids import set_segment_mask
from ICACSegmentationLib.scene.jump import point_of
from ICACSegmentationLib.scene.layouts import (
    BLINDED_LAYOUT,
    LEFT_VIEW,
    RIGHT_VIEW,
    Layouts,
    link,
    show_volume,
    view_node,
)
from ICACSegmentationLib.scene.nodes import add_hidden, show_outlines

#: One colour for both.
COLOR = (0.25, 0.8, 1.0)

#: The views, left and right.
VIEWS = (LEFT_VIEW, RIGHT_VIEW)


class BlindedView:
    """Shows two masks of a CT.

    Parameters
    ----------
    layouts : Layouts

    """

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._nodes = []

    def show(self, ct: slicer.vtkMRMLScalarVolumeNode, frame, masks: tuple[np.ndarray, np.ndarray]) -> None:
        """Show one mask (bool, (z, y, x) on the frame) in the left and one in the right view, around their voxels."""
        self._layouts.show(BLINDED_LAYOUT)
        center = _middle(np.logical_or(*masks), frame)
        self._nodes = [ct]
        for name, mask in zip(VIEWS, masks, strict=True):
            show_volume(name, ct, center)
            self._nodes.append(_add(mask, frame, view_node(name)))
        link(*VIEWS)

    def close(self) -> None:
        """Take CT and outlines away and bring the user's layout back."""
        for node in self._nodes:
            if node.GetScene():
                slicer.mrmlScene.RemoveNode(node)
        self._nodes = []
        self._layouts.leave(BLINDED_LAYOUT)


def _middle(mask: np.ndarray, frame):
    from icac.correct.block import Part
    from icac.geometry.box import bounding_box

    box = bounding_box(mask)
    if box is None:
        box, mask = tuple(slice(n // 2, n // 2 + 1) for n in frame.shape), np.ones_like(mask)
    return point_of(Part(box, mask[box]), frame)


def _add(mask: np.ndarray, frame, view):
    """Return outlines without a telling name, for one view only, and neither listed nor saved."""
    node = add_hidden(slicer.vtkMRMLSegmentationNode(), "outlines")
    node.SetName("outlines")  # both alike, without a number
    node.GetSegmentation().AddEmptySegment("outlines", "outlines", COLOR)
    set_segment_mask(node, "outlines", mask, frame)
    show_outlines(node)
    node.GetDisplayNode().SaveWithSceneOff()
    node.GetDisplayNode().SetVisibility3D(False)
    node.GetDisplayNode().SetViewNodeIDs([view.GetID()])
    return node
