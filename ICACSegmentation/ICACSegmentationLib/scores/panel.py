"""The part of the panel in which a reader takes over or changes the visual scores that are proposed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.review.reviewer import Reviewer
from ICACSegmentationLib.scores.words import grade_text, points_text, type_text

#: Attribute of the segmentation node that holds the readings of this scene as JSON.
SCORES_ATTRIBUTE = "ICAC.scores"

#: Items of ``icac.scores.grades.ITEMS``, and sides, as they are called in ``Scores.ui``.
ITEMS, SIDES = ("circularity", "thickness", "morphology", "woodcock"), ("right", "left")


class ScoresPanel:
    """Connects the widgets of ``Scores.ui`` with the review.

    The first entry of each box, with a star, is what is proposed of the lesions that stand; it follows them. What the
    reader chooses instead stays chosen.

    Parameters
    ----------
    ui
        The widgets of ``Scores.ui``, and ``scoresSection`` around them.
    model : ReviewModel
    reviewer : Reviewer
        Whose readings they are; those of others are not shown.
    folder : callable
        Returns the folder of the case of the worklist on screen, None if there is none.

    """

    def __init__(self, ui, model: ReviewModel, reviewer: Reviewer, folder: Callable[[], Path | None]) -> None:
        self._ui, self._model, self._reviewer, self._folder = ui, model, reviewer, folder
        self._proposed: dict = {}
        self._rules = None
        for side in SIDES:
            for item in ITEMS:
                self._box(item, side).connect("currentIndexChanged(int)", self._show_sums)
        ui.saveScoresButton.connect("clicked()", self.save)
        ui.scoresSection.connect("contentsCollapsed(bool)", lambda closed: closed or self.update())
        model.opened.connect(self.open)
        model.changed.connect(self.update)
        reviewer.bind(ui.scoresReviewerEdit)
        reviewer.changed.connect(lambda name: self.open())
        tell(ui.scoresMessage)
        self.open()

    def _box(self, item: str, side: str):
        return getattr(self._ui, f"{item}{side.capitalize()}Box")

    # What is shown

    def open(self) -> None:
        """Show another result: what is proposed, and what this reader made of it earlier."""
        tell(self._ui.scoresMessage)
        self._propose()
        with show_errors(self._ui.scoresMessage, clear=False):
            self._fill(self._earlier())

    def update(self) -> None:
        """Follow the review, if the section is open: what is proposed is that of the lesions that stand."""
        if not self._ui.scoresSection.collapsed:
            chosen = self._chosen()
            self._propose()
            self._fill(chosen)

    def _propose(self) -> None:
        from icac.report.record import measured_record
        from icac.scores import propose_scores, rules_in

        self._proposed = {}
        session = self._model.session
        if session is not None:
            with show_errors(self._ui.scoresMessage, clear=False):
                self._rules = rules_in(report_of(self._model.segmentation).record)
                record = measured_record([lesion.measured for lesion in session.mask_lesions])
                self._proposed = {side.value: score.grades
                                  for side, score in propose_scores(record, self._rules).items()}

    def _earlier(self) -> dict[tuple[str, str], str]:
        """Return what this reader chose otherwise than proposed, by item and side."""
        from icac.anatomy import Side
        from icac.scores.reading import last_of

        last = last_of(self._readings(), self._reviewer.name) if self._proposed else None
        return {} if last is None else {
            (item, side): last.grades[Side(side)][item] for item in ITEMS for side in SIDES
            if last.grades[Side(side)][item] not in (None, self._proposed[side][item])}

    def _readings(self) -> list:
        from icac.scores.reading import FILE, load_readings, parse_readings

        folder = self._folder()
        if folder is not None:
            return load_readings(folder / FILE)
        text = self._model.segmentation.GetAttribute(SCORES_ATTRIBUTE)
        return parse_readings(text, self._model.segmentation.GetName()) if text else []

    def _fill(self, chosen: dict[tuple[str, str], str]) -> None:
        for side in SIDES:
            for item in ITEMS:
                self._fill_box(item, side, chosen.get((item, side)))
        self._ui.saveScoresButton.setEnabled(bool(self._proposed))
        self._show_sums()

    def _fill_box(self, item: str, side: str, chosen: str | None) -> None:
        box, grades = self._box(item, side), _grades_of(item)
        blocked = box.blockSignals(True)
        box.clear()
        if self._proposed:
            box.addItem(_("{grade} *").format(grade=grade_text(self._proposed[side][item])))
            box.addItems([grade_text(grade) for grade in grades])
            box.setCurrentIndex(1 + grades.index(chosen) if chosen else 0)
        box.setEnabled(bool(self._proposed))
        box.blockSignals(blocked)

    def _show_sums(self, *_index) -> None:
        from icac.anatomy import Side
        from icac.scores.propose import ArteryScore

        for side in SIDES:
            label = getattr(self._ui, f"scores{side.capitalize()}Label")
            if not self._proposed:
                label.setText("–")
                continue
            score = ArteryScore.of(self._grades()[Side(side)], self._rules)
            label.setText(_("Kockelkoren {sum} ({type}), Woodcock {points}").format(
                sum=points_text(score.kockelkoren), type=type_text(score.type), points=points_text(score.woodcock)))

    # What is chosen

    def _chosen(self) -> dict[tuple[str, str], str]:
        """Return what is chosen otherwise than proposed, by item and side."""
        places = {(item, side): self._box(item, side).currentIndex for item in ITEMS for side in SIDES}
        return {(item, side): _grades_of(item)[place - 1] for (item, side), place in places.items() if place > 0}

    def _grades(self) -> dict:
        """Return the grade of each item as it is now, by ``icac.anatomy.Side``."""
        from icac.anatomy import Side

        chosen = self._chosen()
        return {Side(side): {item: chosen.get((item, side), self._proposed[side][item]) for item in ITEMS}
                for side in SIDES}

    def save(self) -> None:
        """Keep the scores with the result in the scene and, in a worklist, in a file beside the mask of the case."""
        from icac.anatomy import Side
        from icac.scores.reading import FILE, Reading, add_reading, readings_text

        with show_errors(self._ui.scoresMessage):
            proposed = {Side(side): grades for side, grades in self._proposed.items()}
            reading = Reading.now(self._reviewer.name, self._grades(), proposed, self._rules)
            folder = self._folder()
            if folder is not None:
                add_reading(folder / FILE, reading)
            else:
                text = readings_text([*self._readings(), reading])
                self._model.segmentation.SetAttribute(SCORES_ATTRIBUTE, text)
            tell(self._ui.scoresMessage, _("Saved for {name}.").format(name=reading.by))


def _grades_of(item: str) -> list[str]:
    from icac.scores.grades import ITEMS as GRADES

    return list(GRADES[item])
