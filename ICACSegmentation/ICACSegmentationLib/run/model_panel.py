"""The part of the panel where the user chooses the neural network; a damaged one is refused beside the field."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import CALM_STYLE, ERROR_STYLE
from ICACSegmentationLib.common.signals import Signal


class ModelPanel:
    """Lists the installed models and the folders the user adds.

    Parameters
    ----------
    ui
        The widgets ``modelBox``, ``addModelButton``, ``modelMessage``.

    Attributes
    ----------
    chosen : Signal
        Name or folder of the model that was chosen; empty for the default one.

    """

    def __init__(self, ui) -> None:
        self.chosen = Signal()
        self._box, self._message = ui.modelBox, ui.modelMessage
        self._names: list[str] = []
        self._shown: str | None = None
        self.is_usable = True
        self._box.connect("currentIndexChanged(int)", self._on_chosen)
        ui.addModelButton.connect("clicked(bool)", self._on_add)

    def show(self, name: str) -> None:
        """Show a choice, adding it to the list if it is a folder; check it and say what it is."""
        if name == self._shown:
            return
        self._shown = name
        if not self._names:
            self._list()
        if name not in self._names:
            self._add(name, Path(name).name)
        self._box.blockSignals(True)
        self._box.setCurrentIndex(self._names.index(name))
        self._box.blockSignals(False)
        self._check(name)

    def _list(self) -> None:
        from icac.models.store import available, default_name

        self._box.blockSignals(True)
        self._add("", _("{name} (standard)").format(name=default_name() or _("none")))
        for model in available():
            if not (model.bundled and model.name == default_name()):
                self._add(model.name, model.name)
        self._box.blockSignals(False)

    def _add(self, name: str, text: str) -> None:
        self._names.append(name)
        self._box.addItem(text)

    def _check(self, name: str) -> None:
        from icac.errors import ModelError
        from icac.models import find_model

        try:
            spec = find_model(name or None).spec
        except ModelError as error:
            self._say(str(error), ERROR_STYLE, usable=False)
            return
        text = _("Version {version}, threshold {threshold:.2f}. {notice}")
        self._say(text.format(version=spec.version, threshold=spec.threshold, notice=_sentence(spec.notice)),
                  CALM_STYLE, usable=True)

    def _say(self, text: str, style: str, usable: bool) -> None:
        self.is_usable = usable
        self._message.setText(text)
        self._message.setStyleSheet(style)

    def _on_chosen(self, index: int) -> None:
        self.chosen.emit(self._names[index])

    def _on_add(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder of the model"))
        if folder:
            self.chosen.emit(folder)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
