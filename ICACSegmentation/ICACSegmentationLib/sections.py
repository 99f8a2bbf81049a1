"""Which sections of the panel are open: those of one task at a time, so that nothing of it has to be searched for."""

from __future__ import annotations

#: Sections that are used together. Those that are in none stay as the user left them.
TASKS = (("segmentSection",), ("resultSection", "reviewSection", "correctSection", "worklistSection"),
         ("compareSection",))


class Sections:
    """Closes the sections of other tasks when one is opened.

    Parameters
    ----------
    ui
        The widgets of the panel with the names in :data:`TASKS`.

    """

    def __init__(self, ui) -> None:
        self._ui = ui
        for task in TASKS:
            for name in task:
                getattr(ui, name).connect("contentsCollapsed(bool)",
                                          lambda closed, task=task: closed or self._close_others(task))

    def _close_others(self, task: tuple[str, ...]) -> None:
        for other in TASKS:
            for name in other if other is not task else ():
                getattr(self._ui, name).collapsed = True

    def show_result(self) -> None:
        """Open what a reader needs when a result has come."""
        for name in ("resultSection", "reviewSection"):
            getattr(self._ui, name).collapsed = False

    def show_start(self) -> None:
        """Open what a user needs who has no result yet."""
        self._ui.segmentSection.collapsed = False
