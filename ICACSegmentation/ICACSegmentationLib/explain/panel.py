"""The button that shows over the CT why the selected lesion was called one."""

from __future__ import annotations

import json
from pathlib import Path

from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import tell
from ICACSegmentationLib.common.ticker import Ticker
from ICACSegmentationLib.explain.job import ExplainJob
from ICACSegmentationLib.explain.overlay import WhyOverlay
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.run.runner import ChildRun


class WhyPanel:
    """Connects the button *Why?* of the review.

    Parameters
    ----------
    ui
        The widgets ``whyButton`` and ``reviewMessage``.
    model : ReviewModel

    Attributes
    ----------
    job : ExplainJob
    overlay : WhyOverlay

    """

    def __init__(self, ui, model: ReviewModel) -> None:
        self._ui, self._model = ui, model
        self.job, self.overlay = ExplainJob(ChildRun()), WhyOverlay()
        self._ticker = Ticker(self.job.poll)
        ui.whyButton.connect("toggled(bool)", self._on_toggled)
        self.job.finished.connect(self._on_finished)
        self.job.failed.connect(self._on_failed)
        self.job.ended.connect(self._ticker.stop)
        for signal in (model.opened, model.selected, model.changed):
            signal.connect(self.forget)
        self._enable()

    def leave(self) -> None:
        """Take the map out of the views: the user goes elsewhere."""
        self._ui.whyButton.setChecked(False)

    def forget(self, *_event) -> None:
        """Let go of a map that is of another lesion now, and of a run."""
        self._ui.whyButton.setChecked(False)
        self.overlay.clear()
        self._enable()

    def _enable(self) -> None:
        self._ui.whyButton.setEnabled(self._model.lesion is not None)

    def _on_toggled(self, on: bool) -> None:
        if on and not self.overlay.is_loaded:
            self._start()
        elif not on and self.job.is_running:
            self.job.cancel()
            tell(self._ui.reviewMessage)
        self.overlay.show(on)

    def _start(self) -> None:
        try:
            self.job.start(self._model.segmentation, self._model.lesion.part, self._model.session.ct.frame)
        except (OSError, RuntimeError) as error:
            self._on_failed(str(error))
            return
        tell(self._ui.reviewMessage, _("Looking for what spoke for this lesion and what against it …"))
        self._ticker.start()

    def _on_finished(self, folder: Path) -> None:
        try:
            record = json.loads(next(folder.glob("*.json")).read_text(encoding="utf-8"))
            self.overlay.load(folder / record["files"]["attribution"])
        except (OSError, ValueError, KeyError, StopIteration):
            self._on_failed(_("The explanation could not be loaded."))
            return
        self.overlay.show(True)
        tell(self._ui.reviewMessage, _sentence(record))

    def _on_failed(self, message: str) -> None:
        self._ui.whyButton.setChecked(False)
        tell(self._ui.reviewMessage, message, error=True)


def _sentence(record: dict) -> str:
    """Return what the colours are, and how much of them lies in the lesion."""
    shares = record["shares"]["for"]
    return _("Red spoke for ICAC, blue against it. Of what spoke for it, {lesion:.0%} lies in the lesion, {other:.0%} "
             "in other voxels of at least 130 HU. It shows what the network looked at, not whether it is right."
             ).format(lesion=shares["lesion"], other=shares["other_dense"])
