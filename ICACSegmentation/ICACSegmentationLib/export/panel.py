"""The part of the panel that writes a result in the form the user chooses."""

from __future__ import annotations

import re
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import errors_told, tell
from ICACSegmentationLib.compare.panel import ComparePanel
from ICACSegmentationLib.compare.rows import sentence_of
from ICACSegmentationLib.export import dicom
from ICACSegmentationLib.export.files import FORMATS, whole_file, write_file
from ICACSegmentationLib.export.picture import write_picture
from ICACSegmentationLib.export.table import lesion_table
from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.review.scene_review import can_be_reviewed, open_review
from ICACSegmentationLib.scene.grids import own_frame
from ICACSegmentationLib.scene.nodes import ct_of


class ExportPanel:
    """Connects the widgets of the section "Export".

    Parameters
    ----------
    ui
        The widgets ``exportBox``, ``exportButton``, ``exportMessage``.
    compare : ComparePanel
        Knows the comparison on screen.

    """

    def __init__(self, ui, compare: ComparePanel) -> None:
        self._ui, self._compare = ui, compare
        self._segmentation = None
        self._choices = {"table": _("Table in the scene"), "csv": _("Table of lesions (CSV)"),
                         "json": _("Report with all corrections (JSON)"), "nifti": _("Labelmap on the CT grid (NIfTI)"),
                         "nrrd": _("Labelmap on the CT grid (NRRD)"), "segmentation": _("Segmentation (.seg.nrrd)"),
                         "dicom": _("DICOM SEG"), "picture": _("Picture of the comparison (PNG)")}
        ui.exportBox.addItems(list(self._choices.values()))
        ui.exportBox.connect("currentIndexChanged(int)", lambda index: self.update())
        ui.exportButton.connect("clicked(bool)", self._on_export)
        self.update()

    def show(self, segmentation) -> None:
        """Export this segmentation from now on; None if there is none."""
        if segmentation is not self._segmentation:
            self._segmentation = segmentation
            self.update()

    @property
    def _key(self) -> str:
        return list(self._choices)[self._ui.exportBox.currentIndex]

    def update(self) -> None:
        """Enable the button if the choice can be written, and say why if not."""
        reason = self._why_not()
        self._ui.exportButton.setEnabled(not reason)
        tell(self._ui.exportMessage, reason)

    def _why_not(self) -> str:
        if not can_be_reviewed(self._segmentation):
            return _("Choose a result of this module whose CT is in the scene.")
        if self._key == "dicom":
            return dicom.why_not(self._segmentation)
        return ""

    def _on_export(self) -> None:
        with errors_told(self._ui.exportMessage):
            written = getattr(self, f"_export_{self._key}", self._export_file)()
            if written:
                tell(self._ui.exportMessage, _("Written: {name}").format(name=Path(written).name))
                self._ui.exportMessage.setToolTip(written)

    def _export_file(self) -> str:
        path = self._ask_path(FORMATS[self._key].suffix)
        if path is None:
            return ""
        ct = ct_of(self._segmentation)
        review = open_review(self._segmentation, "")
        try:
            frame = session_frame(review.session, ct)
            return str(write_file(self._key, review.session, report_of(self._segmentation), frame, path))
        finally:
            review.close()

    def _export_table(self) -> str:
        review = open_review(self._segmentation, "")
        try:
            table = lesion_table(self._segmentation, review.session)
        finally:
            review.close()
        slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(table.GetID())
        return table.GetName()

    def _export_dicom(self) -> str:
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder for DICOM SEG"))
        if not folder:
            return ""
        review = open_review(self._segmentation, "")
        try:
            dicom.write_dicom(self._segmentation, review.session, report_of(self._segmentation), Path(folder))
        finally:
            review.close()
        return folder

    def _export_picture(self) -> str:
        from icac.errors import InputError

        if self._compare.agreement is None:
            raise InputError(_("There is no comparison on screen; press Compare first."))
        path = self._ask_path(".png")
        sentence = sentence_of(self._compare.agreement)
        return str(whole_file(path, lambda temporary: write_picture(sentence, temporary))) if path else ""

    def _ask_path(self, suffix: str) -> Path | None:
        """Ask the user for a file; None if the user cancels."""
        name = re.sub(r'[\\/:*?"<>|]+', "_", self._segmentation.GetName()) + suffix
        chosen = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), _("Export as"), name, f"*{suffix}")
        if not chosen:
            return None
        return Path(chosen if chosen.endswith(suffix) else chosen + suffix)


def session_frame(session, ct):
    """Return the grid of the CT's own file; under a transform that is not linear, that of the resampled CT."""
    transform = ct.GetParentTransformNode()
    return own_frame(ct) if transform is None or transform.IsTransformToWorldLinear() else session.ct.frame
