"""The part of the panel for blinded comparisons: manual or predicted outlines on a random side, one choice a case."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.common.shortcuts import Shortcuts
from ICACSegmentationLib.worklist.blinded_view import BlindedView
from ICACSegmentationLib.worklist.case import read_regions, show_ct
from ICACSegmentationLib.worklist.open_worklist import OpenWorklist


class BlindedPanel:
    """Connects the widgets of the group ``blindedBox`` with a blinded comparison of the open worklist.

    Parameters
    ----------
    ui
        The widgets of ``Worklist.ui``.
    opened : OpenWorklist
    view : BlindedView
    shortcuts : Shortcuts

    """

    def __init__(self, ui, opened: OpenWorklist, view: BlindedView, shortcuts: Shortcuts) -> None:
        self._ui, self._opened, self._view = ui, opened, view
        self._comparison, self._case = None, ""
        self._is_changing_case = False
        ui.blindedButton.connect("toggled(bool)", self._switch)
        ui.blindedButton.connect("clicked(bool)", self._return_to_list)
        choices = {"left is better": (ui.leftButton, lambda: self._choose("left")),
                   "right is better": (ui.rightButton, lambda: self._choose("right"))}
        for name, (button, function) in choices.items():
            button.connect("clicked()", function)
            shortcuts.bind(name, function)
        ui.leaveOutButton.connect("clicked()", self._leave_out)
        ui.unblindButton.connect("clicked()", self._unblind)
        self._update()

    @property
    def is_on(self) -> bool:
        """Whether a comparison is going on."""
        return self._ui.blindedButton.checked

    def stop(self) -> None:
        """End the comparison; choices are kept."""
        self._ui.blindedButton.setChecked(False)

    def leave_scene(self) -> None:
        """End the comparison if the scene closes for another reason than the next case."""
        if not self._is_changing_case:
            self.stop()

    def _switch(self, wanted: bool) -> None:
        if not wanted:
            self._comparison, self._case = None, ""
            self._view.close()
            self._update()
            self._opened.changed.emit()
            return
        with show_errors(self._ui.worklistMessage):
            self._comparison = self._opened.worklist.blinded()
            if self._comparison.note:
                tell(self._ui.worklistMessage, self._comparison.note)
            self._show_next()
        if self._comparison is None:
            self.stop()
        self._opened.changed.emit()

    def _return_to_list(self, wanted: bool) -> None:
        """Show the open case of the list again when the user has had enough."""
        if not wanted and self._opened.worklist is not None:
            with show_errors(self._ui.worklistMessage):
                self._opened.show_current()

    def _show_next(self) -> None:
        """Show the next case without a choice; after the last one, that the outcome can be shown."""
        open_cases = self._comparison.open_cases
        self._case = open_cases[0] if open_cases else ""
        self._update()
        self._is_changing_case = True
        try:
            slicer.mrmlScene.Clear(0)
        finally:
            self._is_changing_case = False
        if self._case:
            with slicer.util.WaitCursor():
                self._show(self._opened.worklist.case(self._case))

    def _show(self, case) -> None:
        from icac.ct import read_ct

        volume = read_ct(case.image).volume
        outlines = {"predicted": read_regions(_mask_file(case.result), volume.frame),
                    # As truth is defined: what is drawn counts where it is dense.
                    "manual": read_regions(case.roi, volume.frame) & (volume.array >= _calcium_hu())}
        sides = self._comparison.sides(case.name)
        ct = show_ct(volume, _("Case {number}").format(number=self._comparison.cases.index(case.name) + 1))
        self._view.show(ct, volume.frame, (outlines[sides["left"]], outlines[sides["right"]]))

    def _choose(self, side: str) -> None:
        if self._comparison is None or not self._case:
            return
        with show_errors(self._ui.worklistMessage):
            self._comparison.choose(self._case, side)
            self._show_next()

    def _leave_out(self) -> None:
        with show_errors(self._ui.worklistMessage):
            self._comparison.leave_out(self._case, "cannot be judged")
            self._show_next()

    def _unblind(self) -> None:
        with show_errors(self._ui.worklistMessage):
            self._ui.blindedLabel.setText(tally_text(self._comparison.unblind()))

    def _update(self) -> None:
        ui, comparison = self._ui, self._comparison
        for widget in (ui.leftButton, ui.rightButton, ui.leaveOutButton):
            widget.setEnabled(bool(self._case))
        ui.unblindButton.setEnabled(bool(comparison and not comparison.open_cases))
        if comparison is None:
            ui.blindedLabel.setText(_("For cases with manual regions and a result."))
            return
        left = len(comparison.open_cases)
        ui.blindedLabel.setText(
            _("{left} of {all} cases to compare. Which outlines are better?").format(left=left,
                                                                                    all=len(comparison.cases))
            if left else _("All {all} cases are compared.").format(all=len(comparison.cases)))


def _mask_file(folder):
    """Return the labelmap in a folder of results."""
    from icac.result_files import USUAL_NAMES, find_file

    return find_file(folder, "mask") or folder / USUAL_NAMES.usual("mask")


def _calcium_hu() -> int:
    from icac.calcium import CALCIUM_HU

    return CALCIUM_HU


def tally_text(tally) -> str:
    """Return the outcome in words."""
    test = tally.predicted
    if not test.total:
        return _("No case was compared.")
    return _("Predicted outlines were preferred in {chosen} of {total} cases ({share} %, 95 % limits {low} to {high} "
             "%); two-sided sign test p = {p}. The left side was preferred in {left} cases. Left out: {out}.").format(
        chosen=test.chosen, total=test.total, share=f"{100 * test.share:.0f}", low=f"{100 * test.low:.0f}",
        high=f"{100 * test.high:.0f}", p=f"{test.p_value:.3g}", left=tally.left.chosen, out=len(tally.left_out))
