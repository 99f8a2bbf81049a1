"""The part of the panel that writes a result in the form the user chooses."""

from __future__ import annotations

import re
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.compare.panel import ComparePanel
from ICACSegmentationLib.compare.rows import sentence_of
from ICACSegmentationLib.export import dicom_seg
from ICACSegmentationLib.export.dicom_results import read_source, write_dicom_results
from ICACSegmentationLib.export.files import FORMATS, whole_file, write_file
from ICACSegmentationLib.export.picture import write_picture
from ICACSegmentationLib.export.table import lesion_table
from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.review.scene_review import can_be_reviewed
from ICACSegmentationLib.run.install import ensure_highdicom
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
    model : ReviewModel
        The review on screen: what is exported is its present state.

    """

    def __init__(self, ui, compare: ComparePanel, model: ReviewModel) -> None:
        self._ui, self._compare, self._model = ui, compare, model
        self._segmentation = None
        self._choices = {"table": _("Table in the scene"), "csv": _("Table of lesions (CSV)"),
                         "json": _("Report with all corrections (JSON)"), "nifti": _("Labelmap on the CT grid (NIfTI)"),
                         "nrrd": _("Labelmap on the CT grid (NRRD)"), "segmentation": _("Segmentation (.seg.nrrd)"),
                         "dicom": _("DICOM SEG"), "dicom_results": _("DICOM SEG, report and pictures"),
                         "picture": _("Picture of the comparison (PNG)")}
        self._exports = {"table": self._export_table, "dicom": self._export_dicom,
                         "dicom_results": self._export_dicom_results, "picture": self._export_picture,
                         **dict.fromkeys(FORMATS, self._export_file)}
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
            return dicom_seg.why_not(self._segmentation)
        return ""

    def _on_export(self) -> None:
        with show_errors(self._ui.exportMessage):
            written = self._exports[self._key]()
            if written:
                tell(self._ui.exportMessage, _("Written: {name}").format(name=Path(written).name))
                self._ui.exportMessage.setToolTip(written)

    def _export_file(self) -> str:
        path = self._ask_path(FORMATS[self._key].suffix)
        if path is None:
            return ""
        session = self._session()
        frame = session_frame(session, ct_of(self._segmentation))
        return str(write_file(self._key, session, report_of(self._segmentation), frame, path))

    def _export_table(self) -> str:
        table = lesion_table(self._segmentation, self._session())
        slicer.app.applicationLogic().GetSelectionNode().SetActiveTableID(table.GetID())
        return table.GetName()

    def _export_dicom(self) -> str:
        folder = _ask_folder(_("Folder for DICOM SEG"))
        if not folder:
            return ""
        dicom_seg.write_dicom(self._segmentation, self._session(), report_of(self._segmentation), Path(folder))
        return folder

    def _export_dicom_results(self) -> str:
        ct = ct_of(self._segmentation)
        if not ensure_highdicom(slicer.util.confirmOkCancelDisplay):
            return ""
        source = read_source(ct, lambda: _ask_folder(_("Folder of the DICOM series of {name}").format(
            name=ct.GetName())))
        folder = _ask_folder(_("Folder for DICOM SEG, report and pictures")) if source else ""
        if folder:
            write_dicom_results(ct, self._session(), report_of(self._segmentation), source, Path(folder))
        return folder

    def _export_picture(self) -> str:
        from icac.errors import InputError

        if self._compare.agreement is None:
            raise InputError(_("There is no comparison on screen; press Compare first."))
        path = self._ask_path(".png")
        sentence = sentence_of(self._compare.agreement)
        return str(whole_file(path, lambda temporary: write_picture(sentence, temporary))) if path else ""

    def _session(self):
        """Return the ``icac.review.ReviewSession`` of the result; its review is opened if none is on screen."""
        self._model.show(self._segmentation)
        return self._model.session

    def _ask_path(self, suffix: str) -> Path | None:
        """Ask the user for a file; None if the user cancels."""
        name = re.sub(r'[\\/:*?"<>|]+', "_", self._segmentation.GetName()) + suffix
        chosen = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), _("Export as"), name, f"*{suffix}")
        if not chosen:
            return None
        return Path(chosen if chosen.endswith(suffix) else chosen + suffix)


def _ask_folder(title: str) -> str:
    """Ask the user for a folder; empty if the user cancels."""
    return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)


def session_frame(session, ct):
    """Return the grid of the CT's own file; under a transform that is not linear, that of the resampled CT."""
    transform = ct.GetParentTransformNode()
    return own_frame(ct) if transform is None or transform.IsTransformToWorldLinear() else session.ct.frame
