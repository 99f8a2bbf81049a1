"""Hiding everything that is drawn over the CT with one key, and showing again what was shown."""

from __future__ import annotations

import slicer


class OverlaySwitch:
    """Hides all segmentations, and remembers which of them were on."""

    def __init__(self) -> None:
        self._hidden: list[str] = []

    def hide(self) -> None:
        """Hide what is shown."""
        for display in slicer.util.getNodesByClass("vtkMRMLSegmentationDisplayNode"):
            if display.GetVisibility():
                display.SetVisibility(False)
                self._hidden.append(display.GetID())

    def show(self) -> None:
        """Show what :meth:`hide` hid."""
        for name in self._hidden:
            display = slicer.mrmlScene.GetNodeByID(name)
            if display:
                display.SetVisibility(True)
        self._hidden = []
