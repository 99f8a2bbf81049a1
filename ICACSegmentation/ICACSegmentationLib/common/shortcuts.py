"""Keys of the panel, all in one place: none that the Segment Editor owns, since both are used at the same time."""

from __future__ import annotations

from collections.abc import Callable

import qt

#: What the panel does by key, and by which.
KEYS = {
    "accept": "A",
    "reject": "X",
    "flag": "D",            # a doubt; F browses slices
    "reopen": "O",
    "next": "N",
    "undo": "U",
    "redo": "Shift+U",
    "overlay": "H",
    "left is better": "Shift+Left",
    "right is better": "Shift+Right",
}

#: Gives up what waits for a click into a view. It is the Segment Editor's, too, which is never on screen meanwhile.
GIVE_UP = "Esc"


def make_shortcut(widget, key: str, function: Callable[[], None]):
    """Return a ``QShortcut`` that works in the whole application while ``widget`` is on screen."""
    shortcut = qt.QShortcut(widget)
    shortcut.setKey(qt.QKeySequence(key))
    shortcut.setContext(qt.Qt.ApplicationShortcut)
    shortcut.connect("activated()", function)
    return shortcut


class Shortcuts:
    """Binds keys to functions for as long as the panel is on screen.

    Parameters
    ----------
    widget
        The panel. The keys work in the whole application while it is visible, but not where text is typed.

    """

    def __init__(self, widget) -> None:
        self._widget, self._shortcuts, self._functions = widget, {}, {}

    def bind(self, name: str, function: Callable[[], None]) -> None:
        """Call ``function`` when the key of ``name`` (see :data:`KEYS`) is pressed."""
        self._shortcuts[name], self._functions[name] = make_shortcut(self._widget, KEYS[name], function), function

    def enable(self, enabled: bool) -> None:
        """Let the keys work, or leave them to others while the user is in another module."""
        for shortcut in self._shortcuts.values():
            shortcut.setEnabled(enabled)

    def press(self, name: str) -> None:
        """Do what the key of ``name`` does now, where nobody is there to press it.

        Raises
        ------
        RuntimeError
            The keys are off.

        """
        if not self._shortcuts[name].enabled:
            raise RuntimeError(f"The key {KEYS[name]} is off.")
        self._functions[name]()
