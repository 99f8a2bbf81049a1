"""``slicer.util.selectModule`` and ``widgetRepresentation()``: one module is on screen at a time."""

from __future__ import annotations

import types

import slicer
import slicer.util

_panels: dict = {}
_shown = ""


def offer(entry, widget) -> None:
    """Let the panel of a module be selected by its name; what else is selected has no panel here."""
    name = type(entry.instance).__name__
    _panels[name] = widget
    entry.widgetRepresentation = lambda: types.SimpleNamespace(self=lambda: widget)


def withdraw() -> None:
    """Forget all panels."""
    global _shown
    _panels.clear()
    _shown = ""


def select(name: str) -> None:
    """Leave the module that is on screen and enter another one."""
    global _shown
    if name == _shown:
        return
    if _shown in _panels:
        _panels[_shown].exit()
    _shown = name
    if name in _panels:
        _panels[name].enter()


slicer.util.selectModule = select
