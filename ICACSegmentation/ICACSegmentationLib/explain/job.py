"""One explanation of one lesion: out of the scene, through the icac program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.run.command import child_command
from ICACSegmentationLib.run.job import python_executable
from ICACSegmentationLib.run.runner import Ending, Outcome, Run
from ICACSegmentationLib.run.scratch import Scratch
from ICACSegmentationLib.scene.nodes import ct_of, export_volume


class ExplainJob:
    """Explains one lesion at a time.

    Attributes
    ----------
    finished : Signal
        The folder that the program wrote; it is gone when the signal has been handled.
    failed : Signal
        A sentence for the user.
    ended : Signal
        No arguments; after ``finished`` or ``failed``, or if the run was cancelled.

    """

    def __init__(self, run: Run) -> None:
        self.finished, self.failed, self.ended = Signal(), Signal(), Signal()
        self._run = run
        self._run.ended.connect(self._on_ended)
        self._folder: Scratch | None = None
        self._name = ""

    @property
    def is_running(self) -> bool:
        """Tell whether a lesion is being explained."""
        return self._run.is_running

    def poll(self) -> None:
        """Emit the signals for all that has happened since the last call."""
        self._run.poll()

    def start(self, segmentation, part, frame) -> None:
        """Start to explain a lesion of a result.

        Parameters
        ----------
        segmentation
            Segmentation node of the result.
        part : icac.correct.block.Part
            The voxels of the lesion.
        frame : icac.geometry.Frame
            Of the CT in the world.

        Raises
        ------
        RuntimeError
            The CT cannot be written.
        OSError
            The program cannot be started.

        """
        self._folder, self._name = Scratch(), ct_of(segmentation).GetName()
        try:
            export_volume(ct_of(segmentation), self._ct)
            self._write_result(report_of(segmentation), part, frame)
            self._run.start(child_command(python_executable(), "explain", str(self._folder.path), "--lesion", "1",
                                          "--output", str(self._output), "--progress", "json"))
        except Exception:
            self._folder.remove()
            raise

    def _write_result(self, report, part, frame) -> None:
        """Write a result whose only lesion is the one to explain: it may be corrected, or numbered otherwise."""
        from icac.ct import write_volume
        from icac.geometry import Volume

        mask = np.zeros(frame.shape, np.uint8)
        mask[part.box] = part.mask
        path = write_volume(Volume(mask, frame), self._folder.path / "icac.nrrd")
        report.of_scan(str(self._ct)).beside({"mask": path.name}).write(self._folder.path / "report.json")

    @property
    def _ct(self) -> Path:
        return self._folder.path / "ct.nrrd"

    @property
    def _output(self) -> Path:
        return self._folder.path / "why"

    def cancel(self) -> None:
        """End the run now."""
        self._run.cancel()

    def _on_ended(self, ending: Ending) -> None:
        try:
            if ending.outcome is Outcome.DONE:
                self.finished.emit(self._output)
            elif ending.outcome is Outcome.FAILED:
                sentence = ending.message.removeprefix("icac: ").replace(str(self._ct), self._name)
                self.failed.emit(sentence or _("The program ended without a word."))
        finally:
            self._folder.remove()
            self.ended.emit()
