"""One comparison of two scans: out of the scene, through the icac program, and read again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.run.command import child_command
from ICACSegmentationLib.run.job import python_executable
from ICACSegmentationLib.run.runner import Ending, Outcome, Run
from ICACSegmentationLib.run.scratch import Scratch
from ICACSegmentationLib.scene.grids import segment_mask, world_frame
from ICACSegmentationLib.scene.nodes import ct_of, export_volume


@dataclass(frozen=True)
class Chosen:
    """A CT of the scene and, if it was segmented already, its result; the nodes by their ids."""

    volume: Any
    result: Any = None

    def write(self, folder: Path) -> Path:
        """Write what ``icac change`` takes: the CT, or a folder of a result; return it.

        Raises
        ------
        icac.errors.InputError
            The result is none of this module, or not of this CT.
        RuntimeError
            The CT cannot be written.

        """
        folder.mkdir()
        ct = folder / "ct.nrrd"
        export_volume(self.volume, ct)
        return ct if self.result is None else self._write_result(folder, ct)

    def _write_result(self, folder: Path, ct: Path) -> Path:
        from icac.ct import write_volume
        from icac.errors import InputError
        from icac.geometry import Volume

        report = report_of(self.result)
        if report is None or ct_of(self.result) is not self.volume:
            words = _("{result} is no result of this module for {volume}; choose another one, or none.")
            raise InputError(words.format(result=self.result.GetName(), volume=self.volume.GetName()))
        frame = world_frame(self.volume)
        mask = segment_mask(self.result, "ICAC", frame)
        path = write_volume(Volume(mask.astype(np.uint8), frame), folder / "icac.nrrd")
        report.of_scan(str(ct)).beside({"mask": path.name}).write(folder / "report.json")
        return folder


class ChangeJob:
    """Compares two scans at a time.

    Attributes
    ----------
    progressed : Signal
        ``Report`` of the program.
    finished : Signal
        The folder that the program wrote; it is gone when the signal has been handled.
    failed : Signal
        A sentence for the user.
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
        """Tell whether a comparison is under way."""
        return self._run.is_running

    def poll(self) -> None:
        """Emit the signals for all that has happened since the last call."""
        self._run.poll()

    def start(self, first: Chosen, second: Chosen) -> None:
        """Start to compare; raises what :meth:`Chosen.write` does, and OSError if the program cannot be started."""
        self._folder = Scratch()
        try:
            inputs = [one.write(self._folder.path / name) for name, one in zip("ab", (first, second), strict=True)]
            self._names = {str(self._folder.path / name / "ct.nrrd"): one.volume.GetName()
                           for name, one in zip("ab", (first, second), strict=True)}
            self._run.start(child_command(python_executable(), "change", *map(str, inputs), "--output",
                                          str(self._output), "--progress", "json"))
        except Exception:
            self._folder.remove()
            raise

    @property
    def _output(self) -> Path:
        return self._folder.path / "change"

    def cancel(self) -> None:
        """End the comparison now."""
        self._run.cancel()

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
        """Return the program's sentence, with the names of the CT in the scene instead of the temporary files'."""
        sentence = message.removeprefix("icac: ")
        for path, name in self._names.items():
            sentence = sentence.replace(path, name)
        return sentence


def read_change(folder: Path) -> dict[str, Any]:
    """Return the record that the program wrote; raises OSError or ValueError if it is not there."""
    return json.loads((folder / "change.json").read_text(encoding="utf-8"))
