"""The buttons that show the CT with a window for bone or for the brain."""

from __future__ import annotations

from ICACSegmentationLib.scene.window_level import BONE, BRAIN, WindowLevel


class WindowPanel:
    """Connects the buttons; one of them at most is pressed.

    Parameters
    ----------
    ui
        The widgets ``boneButton``, ``brainButton``.

    """

    def __init__(self, ui) -> None:
        self._windows = {ui.boneButton: BONE, ui.brainButton: BRAIN}
        self._levels, self._volume = WindowLevel(), None
        for button in self._windows:
            button.connect("clicked(bool)", lambda on, button=button: self._press(button if on else None))
        self.set_volume(None)

    def set_volume(self, volume) -> None:
        """Show this CT from now on; None for none."""
        if volume is not self._volume:
            self.leave()
            self._volume = volume
        for button in self._windows:
            button.setEnabled(volume is not None)

    def show_bone(self) -> None:
        """Show calcium beside bone."""
        self._press(next(iter(self._windows)))

    def leave(self) -> None:
        """Bring the reader's own window back."""
        self._press(None)

    def _press(self, pressed) -> None:
        for button in self._windows:
            button.setChecked(button is pressed)
        if pressed is not None and self._volume is not None:
            self._levels.use(self._volume, self._windows[pressed])
        else:
            self._levels.restore()
