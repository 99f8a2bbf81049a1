"""The part of the panel in which a reader says something of the case as a whole: one row for each field of the list."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors
from ICACSegmentationLib.scores.words import grade_text
from ICACSegmentationLib.worklist.open_worklist import OpenWorklist


class FieldsPanel:
    """Fills the group ``fieldsBox`` with the fields of the open worklist, and saves what is entered at once.

    Parameters
    ----------
    ui
        The widgets of ``Worklist.ui``.
    opened : OpenWorklist

    """

    def __init__(self, ui, opened: OpenWorklist) -> None:
        self._ui, self._opened = ui, opened
        self._form = ui.fieldsBox.layout()
        self._editors = {}
        self._shown = ()
        opened.changed.connect(self.update)
        self.update()

    def update(self) -> None:
        """Show the fields of the list and what was said of the open case."""
        worklist = self._opened.worklist
        fields = worklist.fields if worklist else ()
        if fields != self._shown:
            self._make(fields)
        self._ui.fieldsBox.setVisible(bool(fields))
        values = worklist.values() if worklist else {}
        for field in fields:
            self._show(field, values.get(field.name, ""))
            self._editors[field.name].setEnabled(not self._ui.blindedButton.checked and not worklist.is_frozen())

    def _make(self, fields) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._editors = {field.name: self._editor(field) for field in fields}
        for field in fields:
            self._form.addRow(label_of(field), self._editors[field.name])
        self._shown = fields

    def _editor(self, field):
        """Return a box of the choices, or a line to type in."""
        choices = choices_of(field)
        editor = qt.QComboBox() if choices else qt.QLineEdit()
        editor.setToolTip(tip_of(field))
        editor.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Fixed)
        if choices:
            editor.addItems(["", *(grade_text(word) if word in field.words else word for word in choices)])
            editor.connect("activated(int)", lambda index: self._set(field, ["", *choices][index]))
        else:
            editor.connect("editingFinished()", lambda: self._set(field, editor.text))
        return editor

    def _show(self, field, value: str) -> None:
        editor = self._editors[field.name]
        if choices := choices_of(field):
            editor.setCurrentIndex(choices.index(value) + 1 if value in choices else 0)
        else:
            editor.setText(value)

    def _set(self, field, value: str) -> None:
        worklist = self._opened.worklist
        if worklist is None:
            return
        with show_errors(self._ui.worklistMessage):
            worklist.set_field(field.name, value)
        self._show(field, worklist.values().get(field.name, ""))


def choices_of(field) -> tuple[str, ...]:
    """Return the values of which one is chosen; none if it is typed."""
    return ("yes", "no") if field.kind == "yes/no" else field.choices


def label_of(field) -> str:
    """Return what a field is called in the panel."""
    return f"{field.name.replace('_', ' ').capitalize()}:"


def tip_of(field) -> str:
    """Return what a field means and can hold."""
    allowed = {"number": _("A number"), "integer": _("A whole number"), "text": _("Any text")}.get(field.kind, "")
    if field.kind in ("number", "integer") and abs(field.low) != float("inf"):
        allowed = _("{kind} from {low} to {high}").format(kind=allowed, low=f"{field.low:g}", high=f"{field.high:g}")
    meaning = f"{field.help[:1].upper()}{field.help[1:]}." if field.help else ""
    return " ".join(text for text in (meaning, f"{allowed}." if allowed else "") if text) or field.name
