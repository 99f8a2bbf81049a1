"""Two scans side by side in the space of the first, lesions in the colour of what became of them.

Nothing of the user's is moved: a copy of the second CT that shares its voxels lies where the alignment puts it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer

from ICACSegmentationLib.scene.grids import FLIP, set_segment_mask, world_frame
from ICACSegmentationLib.scene.layouts import (
    CHANGE_LAYOUT,
    FIRST_VIEW,
    SECOND_VIEW,
    Layouts,
    link,
    show_volume,
    view_node,
)
from ICACSegmentationLib.scene.nodes import add_hidden, hardened_copy, show_outlines


class ChangeView:
    """Shows one comparison of two scans.

    Parameters
    ----------
    layouts : Layouts

    """

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._volumes: list = []
        self._outlines: list = []
        self._hidden: list[str] = []

    def load(self, folder: Path, record: dict[str, Any], first, second) -> None:
        """Make what is shown: the CT, aligned, and the lesions of both.

        Parameters
        ----------
        folder : Path
            That the program wrote.
        record : dict
            ``change.json``.
        first, second
            Volume nodes of the first and the second scan of the record.

        """
        self.clear()
        to_first = np.array(record["alignment"]["second_to_first_lps_mm"])
        self._volumes = [_copied(first), _moved(_copied(second), to_first)]
        maps = (record["files"]["before"], record["files"]["after"])
        for name, motion, volume in zip(maps, (np.eye(4), to_first), (first, second), strict=True):
            self._outlines.append(_outlines(folder / name, record, world_frame(volume), motion))

    def open(self, ras) -> bool:
        """Show both scans around a point of the first, RAS mm; return whether the views are on screen."""
        if not self._volumes or not self._layouts.show(CHANGE_LAYOUT):
            return False
        for name, volume, outlines in zip((FIRST_VIEW, SECOND_VIEW), self._volumes, self._outlines, strict=True):
            show_volume(name, volume, ras)
            outlines.GetDisplayNode().SetViewNodeIDs([view_node(name).GetID()])
            outlines.GetDisplayNode().SetVisibility(True)
        link(FIRST_VIEW, SECOND_VIEW)
        self._hide_others()
        return True

    def _hide_others(self) -> None:
        """Hide all other segmentations: a result of the one scan would outline in the other what is gone there."""
        own = {outlines.GetDisplayNode().GetID() for outlines in self._outlines}
        for display in slicer.util.getNodesByClass("vtkMRMLSegmentationDisplayNode"):
            if display.GetID() not in own and display.GetVisibility():
                display.SetVisibility(False)
                self._hidden.append(display.GetID())

    def close(self) -> None:
        """Bring the user's layout back, and show again what was hidden."""
        self._layouts.leave(CHANGE_LAYOUT)
        for display in filter(None, map(slicer.mrmlScene.GetNodeByID, self._hidden)):
            display.SetVisibility(True)
        self._hidden = []
        for outlines in self._outlines:
            if outlines.GetScene():
                outlines.GetDisplayNode().SetVisibility(False)

    def clear(self) -> None:
        """Take away what was made."""
        self.close()
        for node in (*self._volumes, *self._outlines):
            display = node.GetDisplayNode()
            for one in filter(None, (node, display)):
                if one.GetScene():
                    slicer.mrmlScene.RemoveNode(one)
        self._volumes, self._outlines = [], []


def _copied(volume):
    """Return a hidden copy of a CT that shares its voxels and is shown as it is."""
    copy = hardened_copy(volume)
    copy.CreateDefaultDisplayNodes()
    if volume.GetDisplayNode():
        copy.GetDisplayNode().SetAutoWindowLevel(False)
        copy.GetDisplayNode().SetWindowLevel(volume.GetDisplayNode().GetWindow(), volume.GetDisplayNode().GetLevel())
    return copy


def _moved(volume, lps: np.ndarray):
    """Lay a volume elsewhere by a 4 x 4 map of LPS mm; return it."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    moved = FLIP @ lps @ FLIP @ slicer.util.arrayFromVTKMatrix(matrix)
    volume.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(moved))
    return volume


def _outlines(path: Path, record: dict[str, Any], frame, motion: np.ndarray):
    """Return a hidden segmentation with a segment for each state, where the lesions of one scan lie in the first."""
    from icac.change.colors import STATE_COLORS
    from icac.change.result import State
    from icac.ct.images import load
    from icac.ct.read import image_kind
    from icac.geometry import Frame

    rows = load(path, image_kind(path)).layers.reshape(frame.shape)
    node = add_hidden(slicer.vtkMRMLSegmentationNode(), "ICAC change")
    moved = Frame(motion @ frame.affine, frame.size)
    for state in State:
        numbers = [row["lesion"] for row in record["lesions"] if row["state"] == state.value]
        node.GetSegmentation().AddEmptySegment(state.value, state.value, [v / 255 for v in STATE_COLORS[state]])
        set_segment_mask(node, state.value, np.isin(rows, numbers) & (rows > 0), moved)
    show_outlines(node)
    node.GetDisplayNode().SetVisibility3D(False)
    node.GetDisplayNode().SetVisibility(False)
    return node
