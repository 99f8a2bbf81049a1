"""Which devices can run the network: asked of the program in a child process, as only torch knows."""

from __future__ import annotations

import json

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.common.ticker import Ticker
from ICACSegmentationLib.run.command import child_command
from ICACSegmentationLib.run.install import SlicerPackages
from ICACSegmentationLib.run.job import python_executable
from ICACSegmentationLib.run.runner import ChildRun, Ending, Outcome


class DeviceQuestion:
    """Asks once, without making anybody wait.

    Attributes
    ----------
    answered : Signal
        dict of str to str: ``auto``, ``cpu``, ``cuda`` or ``mps``, where it works, to the name of the device.

    """

    def __init__(self) -> None:
        self.answered = Signal()
        self._run = ChildRun()
        self._ticker = Ticker(self._run.poll)
        self._run.ended.connect(self._on_ended)
        self._is_answered = False

    def ask(self) -> None:
        """Start to ask, unless it is being asked, was answered, or the packages that know are not installed."""
        if self._is_answered or self._run.is_running or SlicerPackages().missing():
            return
        try:
            self._run.start(child_command(python_executable(), "devices", "--json"))
        except OSError:
            return              # the run itself will say that the program cannot be started
        self._ticker.start()

    def cancel(self) -> None:
        """Ask no more."""
        self._run.cancel()

    def _on_ended(self, ending: Ending) -> None:
        self._ticker.stop()
        answers = [line for line in ending.log.splitlines() if line.startswith("{")]
        if ending.outcome is Outcome.DONE and answers:
            self._is_answered = True
            self.answered.emit(json.loads(answers[-1]))
