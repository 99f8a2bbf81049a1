"""One explanation of one lesion: out of the scene, through the icac program."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.run.folder_job import FolderJob, write_result
from ICACSegmentationLib.scene.nodes import ct_of, export_volume


class ExplainJob(FolderJob):
    """Explains one lesion at a time."""

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
        def prepared(folder: Path) -> list[str]:
            volume, ct = ct_of(segmentation), folder / "ct.nrrd"
            self._names = {str(ct): volume.GetName()}
            export_volume(volume, ct)
            # Its only lesion is the one to explain: it may be corrected, or numbered otherwise.
            mask = np.zeros(frame.shape, np.uint8)
            mask[part.box] = part.mask
            write_result(folder, report_of(segmentation), ct, mask, frame)
            return ["explain", str(folder), "--lesion", "1"]

        self._start(prepared)
