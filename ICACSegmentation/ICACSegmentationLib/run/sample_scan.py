"""A sample scan to try the module with, in the module Sample Data: simulated when asked for, nothing is fetched."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.ticker import Ticker
from ICACSegmentationLib.run.command import child_command
from ICACSegmentationLib.run.job import python_executable
from ICACSegmentationLib.run.runner import ChildRun, Ending, Outcome
from ICACSegmentationLib.run.scratch import Scratch

#: Name of the file that ``icac demo`` writes.
FILE_NAME = "simulated_ct.nii.gz"

#: Name of the volume in the scene.
NODE_NAME = "Simulated head CT"


class SampleScan:
    """Simulates the scan of ``icac demo`` in a child process and loads it."""

    def __init__(self) -> None:
        self._run = ChildRun()
        self._run.ended.connect(self._on_ended)
        self._ticker = Ticker(self._run.poll)
        self._folder: Scratch | None = None
        self._dialog = None

    def load(self, _source=None) -> None:
        """Begin to make the scan; it comes into the scene some 20 seconds later."""
        if self._run.is_running:
            return
        self._folder = Scratch()
        with slicer.util.tryWithErrorDisplay(_("The sample scan could not be made.")):
            self._run.start(child_command(python_executable(), "demo", "--scan-only", "--progress", "json",
                                          "--output", str(self._folder.path)))
            self._dialog = slicer.util.createProgressDialog(
                labelText=_("A head CT is simulated, which takes about 20 seconds."), maximum=0)
            self._dialog.connect("canceled()", self._run.cancel)
            self._ticker.start()

    def _on_ended(self, ending: Ending) -> None:
        self._ticker.stop()
        self._dialog.close()
        if ending.outcome is Outcome.DONE:
            volume = slicer.util.loadVolume(str(self._folder.path / FILE_NAME), {"name": NODE_NAME})
            slicer.mrmlScene.RemoveNode(volume.GetStorageNode())     # its file goes, so the scene must save the voxels
        elif ending.outcome is Outcome.FAILED:
            slicer.util.errorDisplay(_("The sample scan could not be made."), detailedText=ending.log)
        self._folder.remove()


def register_sample_scan(icon: str) -> None:
    """Offer the scan in the module Sample Data, under a picture; to be called once the application has started."""
    from SampleData import SampleDataLogic

    # What is made here has no address, but the list wants one for each file.
    SampleDataLogic.registerCustomSampleDataSource(
        category=_("ICAC Segmentation"), sampleName=NODE_NAME, uris=f"simulated:{FILE_NAME}", fileNames=FILE_NAME,
        nodeNames=NODE_NAME, customDownloader=SampleScan().load, thumbnailFileName=icon)
