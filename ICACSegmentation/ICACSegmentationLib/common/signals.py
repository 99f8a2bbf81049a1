"""A signal without Qt, so that what reports progress can be used and tested outside Slicer."""

from __future__ import annotations

from collections.abc import Callable


class Signal:
    """Calls every connected function with the arguments of :meth:`emit`."""

    def __init__(self) -> None:
        self._receivers: list[Callable] = []

    def connect(self, receiver: Callable) -> None:
        """Call ``receiver`` at each :meth:`emit`, once even if it is connected twice."""
        if receiver not in self._receivers:
            self._receivers.append(receiver)

    def disconnect(self, receiver: Callable) -> None:
        """Stop calling ``receiver``; nothing happens if it is not connected."""
        if receiver in self._receivers:
            self._receivers.remove(receiver)

    def emit(self, *arguments) -> None:
        """Call the receivers in the order of their connection. A receiver may disconnect itself."""
        for receiver in tuple(self._receivers):
            receiver(*arguments)
