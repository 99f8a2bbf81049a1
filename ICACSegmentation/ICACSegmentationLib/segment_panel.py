"""The part of the panel that starts, follows and cancels a segmentation."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.install import ensure_packages
from ICACSegmentationLib.job import SegmentationJob
from ICACSegmentationLib.messages import stage_text
from ICACSegmentationLib.parameters import ICACParameterNode
from ICACSegmentationLib.runner import Report
from ICACSegmentationLib.scene import is_image


class SegmentPanel:
    """Connects the button, the progress bar and the status line with a job.

    Parameters
    ----------
    ui
        The widgets of the .ui file: ``segmentButton``, ``progressBar``, ``statusLabel``.
    job : SegmentationJob

    """

    def __init__(self, ui, job: SegmentationJob) -> None:
        self._ui, self._job = ui, job
        self._parameters: ICACParameterNode | None = None
        self._ui.segmentButton.connect("clicked(bool)", self._on_button)
        job.started.connect(self._on_started)
        job.progressed.connect(self._on_progressed)
        job.finished.connect(self._on_finished)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)
        job.ended.connect(self._on_ended)
        self._ui.progressBar.setVisible(False)

    def set_parameters(self, parameters: ICACParameterNode | None) -> None:
        """Use another parameter node, or none while the scene closes."""
        self._parameters = parameters
        self.update()

    def update(self, *_event) -> None:
        """Enable and label the button as the parameters and the job demand."""
        button = self._ui.segmentButton
        if self._job.is_running:
            button.text, button.toolTip, button.enabled = _("Cancel"), _("End the segmentation now."), True
        elif self._parameters and is_image(self._parameters.inputVolume):
            button.text, button.enabled = _("Segment ICAC"), True
            button.toolTip = _("Find and measure the calcification of the intracranial carotid arteries.")
        else:
            button.text, button.enabled = _("Segment ICAC"), False
            button.toolTip = _("Load a non-contrast head CT and choose it above.")

    def _on_button(self) -> None:
        if self._job.is_running:
            self._job.cancel()
            return
        with slicer.util.tryWithErrorDisplay(_("The segmentation could not be started.")):
            if ensure_packages(slicer.util.confirmOkCancelDisplay):
                self._job.start(self._parameters.inputVolume, self._parameters.cpuOnly)
            else:
                self._say(_("The packages that the network needs are not installed."))

    def _on_started(self) -> None:
        self._ui.progressBar.setValue(0)
        self._ui.progressBar.setVisible(True)
        self._say(_("Starting"))
        self.update()

    def _on_progressed(self, report: Report) -> None:
        self._ui.progressBar.setValue(round(100 * report.fraction))
        self._say(stage_text(report))

    def _on_finished(self, segmentation) -> None:
        self._say(_("Done: {name}").format(name=segmentation.GetName()))

    def _on_cancelled(self) -> None:
        self._say(_("Cancelled."))

    def _on_failed(self, message: str, details: str) -> None:
        self._say(message)
        self._on_ended()        # before the box, which waits for the user
        slicer.util.errorDisplay(message, detailedText=details)

    def _on_ended(self) -> None:
        self._ui.progressBar.setVisible(False)
        self.update()

    def _say(self, text: str) -> None:
        self._ui.statusLabel.setText(text)
