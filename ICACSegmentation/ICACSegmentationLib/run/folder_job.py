"""One run of the icac program at a time that writes a folder, which is read and removed once it has ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.run.command import child_command
from ICACSegmentationLib.run.job import python_executable
from ICACSegmentationLib.run.runner import Ending, Outcome, Run
from ICACSegmentationLib.run.scratch import Scratch


class FolderJob:
    """Runs the program for what was written out of the scene.

    Attributes
    ----------
    progressed : Signal
        ``Report`` of the program.
    finished : Signal
        The folder that the program wrote; it is gone when the signal has been handled.
    failed : Signal
        A sentence for the user, with the names of the CT in the scene instead of the temporary files'.
    ended : Signal
        No arguments; after ``finished`` or ``failed``, or if the run was cancelled.

    """

    def __init__(self, run: Run) -> None:
        self.progressed, self.finished, self.failed, self.ended = Signal(), Signal(), Signal(), Signal()
        self._run = run
        self._run.reported.connect(self.progressed.emit)
        self._run.ended.connect(self._on_ended)
        self._folder: Scratch | None = None
        self._names: dict[str, str] = {}

    @property
    def is_running(self) -> bool:
        """Tell whether the program runs."""
        return self._run.is_running

    def poll(self) -> None:
        """Emit the signals for all that has happened since the last call."""
        self._run.poll()

    def cancel(self) -> None:
        """End the run now."""
        self._run.cancel()

    def _start(self, prepared: Callable[[Path], list[str]]) -> None:
        """Run the program with the arguments that ``prepared`` returns once it has written a folder, which it is given.
        """
        self._folder, self._names = Scratch(), {}
        try:
            self._run.start(child_command(python_executable(), *prepared(self._folder.path), "--output",
                                          str(self._output), "--progress", "json"))
        except Exception:
            self._folder.remove()
            raise

    @property
    def _output(self) -> Path:
        return self._folder.path / "written"

    def _on_ended(self, ending: Ending) -> None:
        try:
            if ending.outcome is Outcome.DONE:
                self.finished.emit(self._output)
            elif ending.outcome is Outcome.FAILED:
                self.failed.emit(self._as_sentence(ending.message) or _("The program ended without a word."))
        finally:
            self._folder.remove()
            self.ended.emit()

    def _as_sentence(self, message: str) -> str:
        sentence = message.removeprefix("icac: ")
        for path, name in self._names.items():
            sentence = sentence.replace(path, name)
        return sentence


def write_result(folder: Path, report, ct: Path, mask: np.ndarray, frame) -> None:
    """Write a mask, (z, y, x) on the frame of a CT, beside its report as the result of that CT in a folder."""
    from icac.ct import write_volume
    from icac.geometry import Volume
    from icac.result_files import USUAL_NAMES

    path = write_volume(Volume(mask.astype(np.uint8), frame), folder / USUAL_NAMES.of("mask")[-1])
    report.of_scan(str(ct)).beside({"mask": path.name}).write(folder / USUAL_NAMES.usual("report"))
