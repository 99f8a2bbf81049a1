"""The part of the panel that corrects the selected lesion: trim bone, remove, split, add, brush and eraser."""

from __future__ import annotations

import numpy as np
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.correct.brush import Brush
from ICACSegmentationLib.correct.click import Click
from ICACSegmentationLib.review.model import ReviewModel


class CorrectPanel:
    """Connects the widgets of ``Correct.ui`` with the review.

    Parameters
    ----------
    ui
        The widgets of ``Correct.ui``.
    model : ReviewModel
    click : Click

    """

    def __init__(self, ui, model: ReviewModel, click: Click) -> None:
        self._ui, self._model = ui, model
        self._click, self._brush = click, Brush(ui.editorFrame)
        self._preview = None
        self._separated = self._separation = None       # voxels of a lesion, and what of them is bone
        self._connect()
        for signal in (model.opened, model.changed, model.selected):
            signal.connect(self.update)
        model.opened.connect(self.stop)
        tell(ui.correctMessage)
        self.update()

    def _connect(self) -> None:
        ui = self._ui
        ui.trimButton.connect("toggled(bool)", self._show_preview)
        ui.trimSlider.connect("valueChanged(int)", self._show_preview)
        ui.applyTrimButton.connect("clicked()", self._apply_trim)
        ui.removeButton.connect("clicked()", self._remove)
        ui.splitButton.connect("clicked()", self._split)
        ui.addButton.connect("toggled(bool)", self._wait_for_click)
        ui.brushButton.connect("toggled(bool)", self._switch_brush)
        ui.denseOnlyCheckBox.connect("toggled(bool)", self._brush.set_dense_only)
        self._click.ended.connect(self._on_click_ended)
        self._brush.dense_only_changed.connect(ui.denseOnlyCheckBox.setChecked)

    def update(self) -> None:
        """Enable what can be done with the selected lesion."""
        ui, lesion = self._ui, self._model.lesion
        ui.correctLabel.setText(self._subject_text())
        for widget in (ui.trimButton, ui.trimSlider, ui.removeButton, ui.splitButton):
            widget.setEnabled(lesion is not None and lesion.stands)
        for widget in (ui.addButton, ui.radiusSpinBox, ui.brushButton):
            widget.setEnabled(self._model.review is not None)
        if not ui.trimButton.enabled:
            ui.trimButton.setChecked(False)
        self._show_preview()

    def _subject_text(self) -> str:
        """Return what is corrected and the total that a correction changes: the figures may be scrolled away."""
        lesion, session = self._model.lesion, self._model.session
        subject = (_("Lesion {number}: {volume} mm³.").format(number=lesion.key,
                                                              volume=f"{lesion.measured.volume_mm3:.1f}")
                   if lesion else _("Select a lesion under Review, or add a missed one."))
        total = session.totals.standing.both if session else None
        return subject if total is None else _("{subject} Both sides: {volume} mm³ not rejected.").format(
            subject=subject, volume=f"{total.volume_mm3:.1f}")

    def stop(self) -> None:
        """Put all tools away, when the user leaves the module or the review ends."""
        for button in (self._ui.trimButton, self._ui.addButton, self._ui.brushButton):
            button.setChecked(False)

    # Trim bone

    def _show_preview(self, *_event) -> None:
        """Show what trimming would change; without a lesion or with the button off, nothing."""
        self._preview = None
        if self._ui.trimButton.checked and self._model.lesion is not None:
            with show_errors(self._ui.correctMessage):
                self._preview = self._trim()
        if self._model.review is not None:
            self._model.review.overlay.show_patch(self._preview)
        self._ui.applyTrimButton.setEnabled(bool(self._preview and not self._preview.is_empty))
        self._ui.trimLabel.setText(self._preview_text())
        self._ui.trimLabel.setVisible(self._preview is not None)

    def _trim(self):
        """Return the patch of the slider's strength; bone is told from calcium once for a lesion, not at each step."""
        from icac.correct import separate_bone, trim

        session, part = self._model.session, self._model.lesion.part
        if self._separated is not part:
            self._separation = separate_bone(session.ct, part, session.probability, session.courses)
            self._separated = part
        return trim(self._separation, self._ui.trimSlider.value / 100)

    def _preview_text(self) -> str:
        if self._preview is None:
            return ""
        if self._preview.is_empty:
            return _("Nothing looks like bone at this strength.")
        part = self._model.lesion.part
        voxel_mm3 = self._model.session.ct.frame.voxel_volume_mm3
        return _("Cuts off {removed} of {all} voxels ({volume} mm³), shown in red.").format(
            removed=self._preview.changed, all=int(np.count_nonzero(part.mask)),
            volume=f"{self._preview.changed * voxel_mm3:.1f}")

    def _apply_trim(self) -> None:
        patch = self._preview
        self._ui.trimButton.setChecked(False)
        with show_errors(self._ui.correctMessage):
            self._apply(patch, "trim", self._model.key)

    # Remove, split, add

    def _remove(self) -> None:
        from icac.correct import Patch

        part = self._model.lesion.part
        with show_errors(self._ui.correctMessage):
            self._apply(Patch(part.box, part.mask, np.zeros_like(part.mask)), "remove", self._model.key)

    def _split(self) -> None:
        from icac.correct import split_lesion

        model = self._model
        box, mask = model.lesion.part
        # Only the block of the lesion, so that nothing has to be searched for in the whole scan.
        block = model.session.ct.part(box)
        with show_errors(self._ui.correctMessage):
            found = split_lesion(block, mask.astype(np.int32), 1)
            model.review.show(model.session.split(model.key, found.labels, box))

    def _wait_for_click(self, wanted: bool) -> None:
        if not wanted:
            self._click.stop()
            return
        self._ui.brushButton.setChecked(False)
        tell(self._ui.correctMessage, _("Click on the missed calcification in a slice view. Esc to give up."))
        self._click.start(self._add)

    def _on_click_ended(self) -> None:
        self._ui.addButton.setChecked(False)
        tell(self._ui.correctMessage)

    def _add(self, ras: tuple[float, float, float]) -> None:
        from icac.correct import add_missed
        from icac.geometry import lps_to_ras

        session = self._model.session
        if session is None:
            return
        with show_errors(self._ui.correctMessage):
            self._apply(add_missed(session.ct, session.mask, lps_to_ras(ras), self._ui.radiusSpinBox.value,
                                   session.probability, session.courses), "add", None)

    def _apply(self, patch, kind: str, key: int | None) -> None:
        """Apply a correction, and select the lesion that it made or changed."""
        action = self._model.session.apply(patch, kind, key)
        if action is None:
            tell(self._ui.correctMessage, _("There is nothing to change."))
            return
        self._model.review.show(action)
        changed = [number for number, change in action.changes.items() if change.after is not None]
        if changed and self._model.key not in changed:
            self._model.select(changed[0])

    # Brush

    def _switch_brush(self, wanted: bool) -> None:
        if not wanted:
            self._brush.stop()
            return
        self._ui.addButton.setChecked(False)
        self._brush.start(self._model.segmentation, self._ui.denseOnlyCheckBox.checked)
