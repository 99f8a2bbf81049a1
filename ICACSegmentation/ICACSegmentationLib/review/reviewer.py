"""Who is at work: one name for the whole panel, remembered on this computer."""

from __future__ import annotations

import qt
import slicer

from ICACSegmentationLib.common.signals import Signal

#: Where the application keeps the name.
SETTING = "ICACSegmentation/reviewer"


class Reviewer:
    """The name, and the fields in which it is typed.

    Attributes
    ----------
    changed : Signal
        The new name.

    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.name: str = slicer.util.settingsValue(SETTING, "")
        self._fields = []

    def bind(self, field) -> None:
        """Let the name be typed in a ``QLineEdit``; all fields show the same."""
        self._fields.append(field)
        field.setText(self.name)
        field.connect("editingFinished()", lambda: self._set(field.text.strip()))

    def _set(self, name: str) -> None:
        if name == self.name:
            return
        self.name = name
        qt.QSettings().setValue(SETTING, name)
        for field in self._fields:
            field.setText(name)
        self.changed.emit(name)
