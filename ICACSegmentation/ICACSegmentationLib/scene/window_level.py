"""Windows that show what a reader looks for in a head CT, and the way back to the reader's own."""

from __future__ import annotations

from typing import NamedTuple

import slicer


class Window(NamedTuple):
    """Width and level, HU."""

    width: float
    level: float


#: Calcium beside bone, and the brain.
BONE, BRAIN = Window(1200.0, 350.0), Window(80.0, 40.0)


class WindowLevel:
    """Shows one CT at a time with one of our windows."""

    def __init__(self) -> None:
        self._display_id = ""
        self._own: tuple[Window, bool] | None = None       # the reader's, and whether it follows the voxels
        self._ours: Window | None = None

    def use(self, volume: slicer.vtkMRMLScalarVolumeNode, window: Window) -> None:
        """Show a CT with a window."""
        display = volume.GetDisplayNode()
        if display is None:
            return
        if display.GetID() != self._display_id or self._ours != _window_of(display):
            self.restore()
            self._display_id = display.GetID()
            self._own = (_window_of(display), bool(display.GetAutoWindowLevel()))
        self._ours = window
        _set(display, window)

    def restore(self) -> None:
        """Bring the reader's window back, unless the reader has chosen another one meanwhile."""
        display = slicer.mrmlScene.GetNodeByID(self._display_id) if self._display_id else None
        if display is not None and self._ours == _window_of(display):
            window, follows = self._own
            _set(display, window)
            display.SetAutoWindowLevel(follows)
        self._display_id, self._own, self._ours = "", None, None


def _window_of(display) -> Window:
    return Window(display.GetWindow(), display.GetLevel())


def _set(display, window: Window) -> None:
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(window.width, window.level)
