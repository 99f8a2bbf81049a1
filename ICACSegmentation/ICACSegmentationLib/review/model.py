"""The review on screen: which result, which lesion is selected, and what is done with it."""

from __future__ import annotations

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.result.data import courses_of
from ICACSegmentationLib.review.scene_review import SceneReview, can_be_reviewed, open_review
from ICACSegmentationLib.scene.jump import CloseUp, point_of


class ReviewModel:
    """What the panels of review and correction share.

    Attributes
    ----------
    opened : Signal
        No arguments; another review is shown, or none.
    changed : Signal
        No arguments; lesions, totals or history of the review have changed.
    selected : Signal
        No arguments; another lesion is selected, or none.
    review : SceneReview or None
    key : int or None
        The selected lesion.

    """

    def __init__(self) -> None:
        self.opened, self.changed, self.selected = Signal(), Signal(), Signal()
        self.review: SceneReview | None = None
        self.key: int | None = None
        self._reviewer = ""
        self._views = CloseUp()

    @property
    def session(self):
        """The ``icac.review.ReviewSession`` on screen, or None."""
        return self.review.session if self.review else None

    @property
    def lesion(self):
        """The selected lesion (``icac.review.ReviewedLesion``), or None."""
        return self.session.lesion(self.key) if self.review and self.key is not None else None

    @property
    def segmentation(self):
        """The segmentation node under review, or None."""
        return self.review.segmentation if self.review else None

    def set_reviewer(self, name: str) -> None:
        """Use another name for what is done from now on."""
        self._reviewer = name
        if self.review:
            self.session.reviewer = name

    def show(self, segmentation) -> None:
        """Review a result; None or a segmentation that is no result ends the present review.

        Raises
        ------
        icac.errors.InputError
            The result cannot be reviewed.

        """
        if not can_be_reviewed(segmentation):
            segmentation = None
        if segmentation is self.segmentation:
            return
        self.close()
        if segmentation is not None:
            self.review = open_review(segmentation, self._reviewer)
            self.review.changed.connect(self._on_changed)
            self._mark_rejected()
            self._views.forget()
            self.opened.emit()

    def close(self) -> None:
        """End the present review; the scene keeps its state."""
        if self.review is None:
            return
        self.review.close()
        self.review = self.key = None
        self.opened.emit()

    def show_marks(self, shown: bool) -> None:
        """Show our marks in the views, or none while the user is in another module."""
        if self.review is not None:
            self.review.overlay.set_visible(shown)

    def select(self, key: int | None) -> None:
        """Select a lesion and go there in every view; None selects none."""
        if key == self.key or self.review is None:
            return
        self.key = key
        self._mark_selected()
        if self.lesion is not None:
            self._views.jump_to(point_of(self.lesion.part, self.session.ct.frame))
        self.selected.emit()

    def show_siphons(self) -> None:
        """Show the carotid siphons in the views, in the slices of the largest lesion."""
        if self.review is None:
            return
        largest = max(self.session.lesions, key=lambda lesion: lesion.measured.volume_mm3, default=None)
        self._views.show_siphons(courses_of(self.segmentation),
                                 point_of(largest.part, self.session.ct.frame) if largest else None)

    def decide(self, status) -> None:
        """Give the selected lesion a status (``icac.review.Status``)."""
        self.review.show(self.session.set_status(self.key, status))

    def undo(self) -> None:
        """Take the latest action back."""
        if self.review:
            self.review.show(self.session.undo())

    def redo(self) -> None:
        """Do again what was undone last."""
        if self.review:
            self.review.show(self.session.redo())

    def _on_changed(self) -> None:
        if self.key is not None and not self._is_known(self.key):
            self.key = None
            self.selected.emit()
        self._mark_selected()
        self._mark_rejected()
        self.changed.emit()

    def _is_known(self, key: int) -> bool:
        from icac.errors import InputError

        try:
            return self.session.lesion(key) is not None
        except InputError:
            return False

    def _mark_selected(self) -> None:
        self.review.overlay.show("selected", [self.lesion.part] if self.lesion else [])

    def _mark_rejected(self) -> None:
        from icac.review import Status

        self.review.overlay.show("rejected", [lesion.part for lesion in self.session.lesions
                                              if lesion.status is Status.REJECTED])
