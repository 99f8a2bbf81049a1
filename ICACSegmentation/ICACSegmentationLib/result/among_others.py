"""Where the volume of a result lies among people of the same age and sex, once norms of a cohort were chosen."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.scene.dicom_database import database, instance_uids
from ICACSegmentationLib.scene.nodes import ct_of

#: Where the application keeps which norms are used.
SETTING = "ICACSegmentation/norms"

#: Sexes in the order of the box.
SEXES = ("", "female", "male")


class AmongOthers:
    """Connects the widgets of the group ``othersBox``.

    Parameters
    ----------
    ui
        The widgets ``othersBox``, ``normsButton``, ``ageEdit``, ``sexBox``, ``othersLabel``.

    """

    def __init__(self, ui) -> None:
        self._ui, self._segmentation = ui, None
        ui.sexBox.addItems([_("Sex not known"), _("Female"), _("Male")])
        ui.normsButton.connect("clicked()", self._ask)
        ui.ageEdit.connect("editingFinished()", self._say)
        ui.sexBox.connect("activated(int)", lambda index: self._say())

    def show(self, segmentation) -> None:
        """Place this result among others; None or a reading without a result hides the group."""
        report = report_of(segmentation)
        is_placed = report is not None and not report.reading
        self._ui.othersBox.setVisible(is_placed)
        if not is_placed:
            self._segmentation = None
        elif segmentation is not self._segmentation:
            self._segmentation = segmentation
            self._fill()
            self._say()

    def use(self, path: Path | str) -> None:
        """Use the norms of a file from now on, on this computer; empty for none."""
        qt.QSettings().setValue(SETTING, str(path))
        self._say()

    def _ask(self) -> None:
        path = qt.QFileDialog.getOpenFileName(self._ui.othersBox, _("Norms of a cohort"), "", "JSON (*.json)")
        if path:
            self.use(path)

    def _fill(self) -> None:
        """Fill in age and sex as the files of the CT tell them."""
        from icac.ct.person import person_of
        from icac.norms import Person

        file = _file_of(ct_of(self._segmentation))
        person = person_of(file) if file else Person()
        self._ui.ageEdit.setText("" if person.age is None else f"{person.age:g}")
        self._ui.sexBox.setCurrentIndex(SEXES.index(person.sex))

    def _say(self) -> None:
        from icac.errors import InputError

        path = slicer.util.settingsValue(SETTING, "")
        if self._segmentation is None or not path:
            self._ui.othersLabel.setText(_("Choose norms that icac cohort norms made of your own cohort."))
            return
        try:
            self._ui.othersLabel.setText(self._statement(path))
        except InputError as error:
            self._ui.othersLabel.setText(str(error))

    def _statement(self, path: str) -> str:
        from icac.norms import Measured, Norms, Person
        from icac.norms.person import parse_age

        report = report_of(self._segmentation)
        person = Person(parse_age(self._ui.ageEdit.text), SEXES[self._ui.sexBox.currentIndex])
        measured = Measured.of(report.model, report.model_version, report.model_checksum, report.chosen)
        rank = Norms.load(path).rank(report.amount().volume_mm3, person, measured)
        return " ".join((rank.statement, *rank.notes))


def _file_of(volume) -> str:
    """Return a file that the CT was loaded from: of its DICOM series, else the image; empty if none is known."""
    if volume is None:
        return ""
    known, instances = database(), instance_uids(volume)
    if known and instances:
        return known.fileForInstance(instances[0]) or ""
    storage = volume.GetStorageNode()
    return (storage.GetFileName() or "") if storage else ""
