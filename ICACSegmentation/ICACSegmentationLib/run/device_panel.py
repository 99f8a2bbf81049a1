"""The part of the panel where the user chooses the computing device, with the names of those that were found."""

from __future__ import annotations

from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.run.devices import DeviceQuestion


class DevicePanel:
    """Fills the list of devices.

    Parameters
    ----------
    ui
        The widget ``deviceBox``.

    Attributes
    ----------
    chosen : Signal
        ``auto``, ``cpu``, ``cuda`` or ``mps``.

    """

    def __init__(self, ui) -> None:
        self.chosen = Signal()
        self._box = ui.deviceBox
        self._question = DeviceQuestion()
        self._question.answered.connect(self._fill)
        self._requests: list[str] = []
        self._current = "auto"
        self._fill({})
        self._box.connect("currentIndexChanged(int)", lambda index: self.chosen.emit(self._requests[index]))

    def find(self) -> None:
        """Begin to find out which devices there are, if that is not known."""
        self._question.ask()

    def cancel(self) -> None:
        """Stop finding out."""
        self._question.cancel()

    def show(self, request: str) -> None:
        """Show a choice. One that does not exist here stays, as the program says why it cannot be used."""
        self._current = request
        if request not in self._requests:
            self._requests.append(request)
            self._box.addItem(request)
        self._box.blockSignals(True)
        self._box.setCurrentIndex(self._requests.index(request))
        self._box.blockSignals(False)

    def _fill(self, found: dict[str, str]) -> None:
        self._box.blockSignals(True)
        self._box.clear()
        words = {"auto": _("Automatic"), "cpu": _("Processor only"), **{name: name for name in found
                                                                        if name not in ("auto", "cpu")}}
        self._requests = list(words)
        for request, word in words.items():
            name = found.get(request, "").partition(" (chosen")[0]
            self._box.addItem(f"{word}: {name}" if name else word)
        self.show(self._current)
