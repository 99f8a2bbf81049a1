"""One segmentation of one CT: out of the scene, through the icac program, back into the scene.

Example::

    job = SegmentationJob(ChildRun())
    job.finished.connect(lambda segmentation: print(segmentation.GetName()))
    job.start(volume)       # a timer calls job.poll() until the job has ended

or, where nothing else has to go on meanwhile::

    segmentation = job.segment(volume)
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.result.load import load_result
from ICACSegmentationLib.run.command import segment_command
from ICACSegmentationLib.run.runner import Ending, Outcome, Run
from ICACSegmentationLib.run.scratch import Scratch
from ICACSegmentationLib.scene.nodes import export_volume

#: Seconds between two looks at the child process while a script waits.
WAIT_STEP_S = 0.05


class SegmentationJob:
    """Segments one CT at a time.

    Attributes
    ----------
    started : Signal
        No arguments.
    progressed : Signal
        ``Report`` of the program.
    finished : Signal
        The new segmentation node.
    failed : Signal
        A sentence for the user, and details.
    cancelled : Signal
        No arguments.
    ended : Signal
        No arguments; after ``finished``, ``failed`` or ``cancelled``.

    """

    def __init__(self, run: Run) -> None:
        self.started, self.progressed, self.ended = Signal(), Signal(), Signal()
        self.finished, self.failed, self.cancelled = Signal(), Signal(), Signal()
        self._run = run
        self._run.reported.connect(self.progressed.emit)
        self._run.ended.connect(self._on_ended)
        self._folder: Scratch | None = None
        self._volume_id, self._hide_names = "", False

    @property
    def is_running(self) -> bool:
        """Tell whether a segmentation is under way."""
        return self._run.is_running

    def poll(self) -> None:
        """Emit the signals for all that has happened since the last call."""
        self._run.poll()

    def start(self, volume, settings=None, hide_names: bool = False) -> None:
        """Start to segment a scalar volume, with other than the usual settings if any are given, or without names.

        Raises
        ------
        RuntimeError
            If a segmentation is under way, or the volume cannot be written.
        OSError
            If the program cannot be started.

        """
        from icac.settings import USUAL

        if self.is_running:
            raise RuntimeError("A segmentation is under way.")
        self._folder = Scratch()
        self._volume_id, self._hide_names = volume.GetID(), hide_names
        try:
            export_volume(volume, self._ct_path)
            self._run.start(segment_command(python_executable(), self._ct_path, self._output, settings or USUAL,
                                            hide_names))
        except Exception:
            self._folder.remove()
            raise
        self.started.emit()

    @property
    def _ct_path(self) -> Path:
        return self._folder.path / "ct.nrrd"

    @property
    def _output(self) -> Path:
        return self._folder.path / "result"

    def segment(self, volume, settings=None, hide_names: bool = False):
        """Segment a scalar volume and return the new segmentation node; the application does not react meanwhile.

        Raises
        ------
        RuntimeError
            With the program's sentence, if the CT cannot be measured.

        """
        nodes, errors = [], []

        def keep_message(message: str, details: str) -> None:
            errors.append(message)

        self.finished.connect(nodes.append)
        self.failed.connect(keep_message)
        try:
            self.start(volume, settings, hide_names)
            while self.is_running:
                self.poll()
                time.sleep(WAIT_STEP_S)
        finally:
            self.finished.disconnect(nodes.append)
            self.failed.disconnect(keep_message)
        if errors:
            raise RuntimeError(errors[0])
        return nodes[0]

    def cancel(self) -> None:
        """End the segmentation now."""
        self._run.cancel()

    def _on_ended(self, ending: Ending) -> None:
        try:
            if ending.outcome is Outcome.DONE:
                self._load(ending)
            elif ending.outcome is Outcome.FAILED:
                message = self._as_sentence(ending.message) or _("The program ended without a word.")
                self.failed.emit(message, ending.log)
            else:
                self.cancelled.emit()
        finally:
            self._folder.remove()
            self.ended.emit()

    def _as_sentence(self, message: str) -> str:
        """Return the program's sentence, with the name of the CT in the scene instead of the temporary file's."""
        volume = slicer.mrmlScene.GetNodeByID(self._volume_id)
        sentence = message.removeprefix("icac: ")
        return sentence.replace(str(self._ct_path), volume.GetName()) if volume else sentence

    def _load(self, ending: Ending) -> None:
        volume = slicer.mrmlScene.GetNodeByID(self._volume_id)
        if volume is None:
            self.failed.emit(_("The CT was removed from the scene, so the result was not loaded."), ending.log)
            return
        from icac.errors import InputError

        try:
            segmentation = load_result(self._output, volume, self._hide_names)
        except (InputError, OSError, RuntimeError, KeyError) as error:
            self.failed.emit(_("The result could not be loaded."), f"{error!r}\n{ending.log}")
            return
        self.finished.emit(segmentation)


def python_executable() -> str:
    """Return the path of Slicer's Python outside the application, which is on its PATH."""
    executable = shutil.which("PythonSlicer")
    if executable is None:
        raise FileNotFoundError(_("PythonSlicer, which comes with Slicer, was not found."))
    return executable
