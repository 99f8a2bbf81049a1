"""Which sections of the panel are open: those of one task at a time, so that nothing of it has to be searched for."""

from __future__ import annotations

#: Sections that are used together. Those that are in none stay as the user left them.
SEGMENTING, READING, COMPARING = ("segmentSection",), (
    "resultSection", "reviewSection", "correctSection", "scoresSection"), ("compareSection",)
CHANGING = ("changeSection",)
TASKS = (SEGMENTING, READING, COMPARING, CHANGING)


class OpenSections:
    """Closes the sections of other tasks when one is opened, and opens those that a new state of things calls for.

    Parameters
    ----------
    ui
        The widgets of the panel with the names in :data:`TASKS`.

    """

    def __init__(self, ui) -> None:
        self._ui, self._has_result = ui, False
        for task in TASKS:
            for name in task:
                getattr(ui, name).connect("contentsCollapsed(bool)",
                                          lambda closed, task=task: closed or self._close_others(task))

    def _close_others(self, task: tuple[str, ...]) -> None:
        for name in (name for other in TASKS if other is not task for name in other):
            getattr(self._ui, name).collapsed = True

    def follow(self, has_result: bool) -> None:
        """Turn to the figures and lesions when a result comes, and back to segmenting when it goes."""
        if has_result != self._has_result:
            self._has_result = has_result
            self._open(READING[:2] if has_result else SEGMENTING)

    def show_new_result(self) -> None:
        """Turn to the figures and lesions of a result that has just been made."""
        self._has_result = True
        self._open(READING[:2])

    def turn_to_segmenting(self) -> None:
        """Turn to segmenting, also while a result is on screen."""
        self._open(SEGMENTING)

    def _open(self, names: tuple[str, ...]) -> None:
        for name in names:
            getattr(self._ui, name).collapsed = False
