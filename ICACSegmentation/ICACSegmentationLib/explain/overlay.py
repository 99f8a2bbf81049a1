"""What spoke for and against a lesion as colours over the CT, in every slice view."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer

from ICACSegmentationLib.scene.grids import FLIP
from ICACSegmentationLib.scene.nodes import add_hidden

#: Contributions of this quantile of those that are not 0, and more, have the full colour.
FULL_QUANTILE = 0.995

#: Colours of the table; the middle ones, of voxels that did not matter, are clear.
_COLORS = 255


class WhyOverlay:
    """Lays one map over the CT and takes it away again."""

    def __init__(self) -> None:
        self._volume, self._table = None, None
        self._users: dict[str, tuple[str | None, float]] = {}      # what each view had in front of the CT before

    @property
    def is_loaded(self) -> bool:
        """Whether there is a map that can be shown."""
        return self._volume is not None and self._volume.GetScene() is not None

    def load(self, path: Path) -> None:
        """Make the volume of a map that ``icac explain`` wrote, where it lies in the world."""
        from icac.ct.images import read_image
        from icac.ct.read import image_kind
        from icac.geometry.box import bounding_box

        self.clear()
        read = read_image(path, image_kind(path)).volume
        box = bounding_box(read.array != 0)
        part = read.part(box) if box else read
        node = self._volume = add_hidden(slicer.vtkMRMLScalarVolumeNode(), "ICAC why")
        node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(FLIP @ part.frame.affine))
        slicer.util.updateVolumeFromArray(node, np.ascontiguousarray(part.array, dtype=np.float32))
        self._color(part.array)

    def _color(self, values: np.ndarray) -> None:
        self._table = _table()
        self._volume.CreateDefaultDisplayNodes()
        display, there = self._volume.GetDisplayNode(), np.abs(values[values != 0])
        full = float(np.quantile(there, FULL_QUANTILE)) if there.size else 1.0
        display.SaveWithSceneOff()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(2 * full, 0.0)
        display.SetInterpolate(False)
        display.SetAndObserveColorNodeID(self._table.GetID())

    def show(self, shown: bool) -> None:
        """Lay the map over the CT in every slice view, or take it away."""
        if shown and self.is_loaded:
            for view in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
                self._users.setdefault(view.GetID(), (view.GetForegroundVolumeID(), view.GetForegroundOpacity()))
                _put(view, self._volume.GetID(), 1.0)
        elif not shown:
            self._give_back()

    def _give_back(self) -> None:
        """Show what the user had in front of the CT, where the map still is."""
        for view, before in self._users.items():
            node = slicer.mrmlScene.GetNodeByID(view)
            if node is not None and self._volume is not None and node.GetForegroundVolumeID() == self._volume.GetID():
                _put(node, *before)
        self._users = {}

    def clear(self) -> None:
        """Take the map away for good."""
        self.show(False)
        for node in (self._volume and self._volume.GetDisplayNode(), self._volume, self._table):
            if node is not None and node.GetScene():
                slicer.mrmlScene.RemoveNode(node)
        self._volume = self._table = None


def _put(view, volume: str | None, opacity: float) -> None:
    view.SetForegroundVolumeID(volume)
    view.SetForegroundOpacity(opacity)


def _table():
    """Return a colour table from what spoke against ICAC to what spoke for it, clear in the middle."""
    from icac.attribution.colors import AGAINST, FOR, FULL_OPACITY

    table = add_hidden(slicer.vtkMRMLColorTableNode(), "ICAC why")
    table.SetTypeToUser()
    table.SetNumberOfColors(_COLORS)
    for number, amount in enumerate(np.linspace(-1, 1, _COLORS)):
        color = FOR if amount > 0 else AGAINST
        table.SetColor(number, f"{amount:+.2f}", *(v / 255 for v in color), FULL_OPACITY * abs(amount))
    return table
