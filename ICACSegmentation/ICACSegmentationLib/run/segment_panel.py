"""The part of the panel that checks the CT, and starts, follows and cancels a segmentation."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import CALM_STYLE, ERROR_STYLE, WARNING_STYLE
from ICACSegmentationLib.common.message import tell
from ICACSegmentationLib.common.parameters import ICACParameterNode
from ICACSegmentationLib.run.command import settings_of
from ICACSegmentationLib.run.ct_check import check_volume
from ICACSegmentationLib.run.device_panel import DevicePanel
from ICACSegmentationLib.run.install import ensure_packages
from ICACSegmentationLib.run.job import SegmentationJob
from ICACSegmentationLib.run.model_panel import ModelPanel
from ICACSegmentationLib.run.names_box import NamesBox
from ICACSegmentationLib.run.runner import Report
from ICACSegmentationLib.run.stages import stage_text
from ICACSegmentationLib.scene.nodes import is_image


class SegmentPanel:
    """Connects the button, the progress bar and the status line with a job.

    Parameters
    ----------
    ui
        The widgets of the section "Segment".
    job : SegmentationJob

    """

    def __init__(self, ui, job: SegmentationJob) -> None:
        self._ui, self._job = ui, job
        self._parameters: ICACParameterNode | None = None
        self._model, self._device = ModelPanel(ui), DevicePanel(ui)
        self._names = NamesBox(ui.hideNamesBox)
        self._checked = None
        self._model.chosen.connect(lambda name: self._set("model", name))
        self._device.chosen.connect(lambda request: self._set("device", request))
        self._ui.segmentButton.connect("clicked(bool)", self._on_button)
        for signal, receiver in ((job.started, self._on_started), (job.progressed, self._on_progressed),
                                 (job.finished, self._on_finished), (job.failed, self._on_failed),
                                 (job.cancelled, self._on_cancelled), (job.ended, self._on_ended)):
            signal.connect(receiver)
        self._ui.progressBar.setVisible(False)
        self._say("")

    def enter(self) -> None:
        """Find out about devices when the user opens the module, not before."""
        self._device.find()

    def cleanup(self) -> None:
        """Leave nothing running."""
        self._device.cancel()

    def set_parameters(self, parameters: ICACParameterNode | None) -> None:
        """Use another parameter node, or none while the scene closes."""
        self._parameters = parameters
        self.update()

    def _set(self, name: str, value: str) -> None:
        if self._parameters:
            setattr(self._parameters, name, value)

    def update(self, *_event) -> None:
        """Show the choices, and enable and label the button as they and the job demand."""
        if self._parameters:
            self._model.show(self._parameters.model)
            self._device.show(self._parameters.device)
        self._update_check()
        button = self._ui.segmentButton
        if self._job.is_running:
            button.text, button.toolTip, button.enabled = _("Cancel"), _("End the segmentation now."), True
        elif not (self._parameters and is_image(self._parameters.inputVolume)):
            button.text, button.enabled = _("Segment ICAC"), False
            button.toolTip = _("Load a non-contrast head CT and choose it above.")
        elif not self._model.is_usable:
            button.text, button.enabled = _("Segment ICAC"), False
            button.toolTip = _("Choose another model.")
        else:
            button.text, button.enabled = _("Segment ICAC"), True
            button.toolTip = _("Find and measure the calcification of the intracranial carotid arteries.")

    def _update_check(self) -> None:
        """Check another CT as soon as the list has closed."""
        volume = self._parameters.inputVolume if self._parameters else None
        volume = volume if is_image(volume) else None
        identity = (volume.GetID(), volume.GetImageData().GetMTime()) if volume else None
        if identity == self._checked:
            return
        self._checked = identity
        self._ui.checkLabel.setText(_("Checking the CT …") if volume else "")
        self._ui.checkLabel.setStyleSheet(CALM_STYLE)
        if volume:
            qt.QTimer.singleShot(0, self._check)

    def _check(self) -> None:
        volume = slicer.mrmlScene.GetNodeByID(self._checked[0]) if self._checked else None
        if not is_image(volume):
            return
        verdict = check_volume(volume)
        warned = WARNING_STYLE if verdict.details else CALM_STYLE
        self._ui.checkLabel.setText(verdict.sentence)
        self._ui.checkLabel.setStyleSheet(warned if verdict.usable else ERROR_STYLE)
        self._ui.checkLabel.setToolTip(verdict.details or verdict.sentence)

    def _on_button(self) -> None:
        if self._job.is_running:
            self._job.cancel()
            return
        with slicer.util.tryWithErrorDisplay(_("The segmentation could not be started.")):
            if ensure_packages(slicer.util.confirmOkCancelDisplay):
                chosen = self._parameters
                self._job.start(chosen.inputVolume, settings_of(chosen.device, chosen.model, chosen.threshold),
                                self._names.hidden)
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
        tell(self._ui.statusLabel, message, error=True)
        self._on_ended()        # before the box, which waits for the user
        slicer.util.errorDisplay(message, detailedText=details)

    def _on_ended(self) -> None:
        self._ui.progressBar.setVisible(False)
        self.update()

    def _say(self, text: str) -> None:
        tell(self._ui.statusLabel, text)
