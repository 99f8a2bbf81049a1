"""One comparison of two scans: out of the scene, through the icac program, and read again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.run.folder_job import FolderJob, write_result
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
        from icac.errors import InputError

        report = report_of(self.result)
        if report is None or ct_of(self.result) is not self.volume:
            words = _("{result} is no result of this module for {volume}; choose another one, or none.")
            raise InputError(words.format(result=self.result.GetName(), volume=self.volume.GetName()))
        frame = world_frame(self.volume)
        write_result(folder, report, ct, segment_mask(self.result, "ICAC", frame), frame)
        return folder


class ChangeJob(FolderJob):
    """Compares two scans at a time."""

    def start(self, first: Chosen, second: Chosen) -> None:
        """Start to compare; raises what :meth:`Chosen.write` does, and OSError if the program cannot be started."""
        def prepared(folder: Path) -> list[str]:
            both = {folder / name: one for name, one in zip("ab", (first, second), strict=True)}
            self._names = {str(place / "ct.nrrd"): one.volume.GetName() for place, one in both.items()}
            return ["change", *(str(one.write(place)) for place, one in both.items())]

        self._start(prepared)


def read_change(folder: Path) -> dict[str, Any]:
    """Return the record that the program wrote; raises OSError or ValueError if it is not there."""
    from icac.change.output import RECORD

    return json.loads((folder / RECORD).read_text(encoding="utf-8"))
