"""The review of a result in the scene: what is decided changes the segmentation, what is painted enters the review.

The record of the review is kept as an attribute of the segmentation node, so that a saved scene has it.
"""

from __future__ import annotations

import json

from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.result.data import PROBABILITY_ROLE, probability_of, report_of
from ICACSegmentationLib.review.overlay import Overlay
from ICACSegmentationLib.scene.grids import segment_mask, world_volume
from ICACSegmentationLib.scene.nodes import ct_of
from ICACSegmentationLib.scene.segment_block import extent_of, read_block, write_block

#: Attribute of the segmentation node that holds the record of its review as JSON.
REVIEW_ATTRIBUTE = "ICAC.review"

#: The segment that is reviewed.
SEGMENT_ID = "ICAC"


class SceneReview:
    """Keeps a segmentation node in step with a review, in both directions.

    Parameters
    ----------
    segmentation
        Segmentation node of a result.
    session : icac.review.ReviewSession

    Attributes
    ----------
    changed : Signal
        No arguments; the review and the segmentation have changed.
    record : dict
        The record of the review after the latest change; empty before the first.

    """

    def __init__(self, segmentation, session) -> None:
        self.changed = Signal()
        self.segmentation, self.session, self.record = segmentation, session, {}
        self.overlay = Overlay(session.ct.frame)
        self._writing = False
        self._segments = segmentation.GetSegmentation()
        self._tag = self._segments.AddObserver(self._segments.SourceRepresentationModified, self._on_edited_elsewhere)

    def close(self) -> None:
        """Leave the segmentation as it is and let go of it."""
        self._segments.RemoveObserver(self._tag)
        self.overlay.clear()

    def show(self, action) -> None:
        """Bring what an action of the session did or undid into the scene; None if there was none."""
        if action is None:
            return
        if action.box is not None:
            self._write(action.box)
        self._keep_record()
        self.changed.emit()

    def write_all(self) -> None:
        """Bring the segmentation to the state of the review, wherever a lesion is or was."""
        from icac.geometry.box import span

        boxes = [lesion.part.box for lesion in (*self.session.predicted.values(), *self.session.lesions)]
        if boxes:
            self._write(span(boxes))

    def _write(self, box) -> None:
        self._writing = True
        try:
            write_block(self.segmentation, SEGMENT_ID, self.session.mask_in(box), box, self.session.ct.frame)
        finally:
            self._writing = False

    def _keep_record(self) -> None:
        self.record = self.session.record()
        self.segmentation.SetAttribute(REVIEW_ATTRIBUTE, json.dumps(self.record))

    def _on_edited_elsewhere(self, caller=None, event=None) -> None:
        """Take note of what was painted, erased or otherwise changed by the Segment Editor."""
        if not self._writing:
            self.show(self.session.apply(self._edit(), "brush"))

    def _edit(self):
        """Return the patch that leads from the review to the segmentation."""
        from icac.geometry.box import span
        from icac.review.masks import patch_between

        frame = self.session.ct.frame
        boxes = [lesion.part.box for lesion in self.session.lesions if lesion.stands]
        edited = extent_of(self.segmentation, SEGMENT_ID, frame)
        box = span([*boxes, *([edited] if edited else [])] or [(slice(0, 1),) * 3])
        now = read_block(self.segmentation, SEGMENT_ID, box, frame)
        return patch_between(self.session.mask_in(box), now, box)


def can_be_reviewed(segmentation) -> bool:
    """Tell whether a node is a result whose CT is in the scene."""
    return bool(report_of(segmentation) and ct_of(segmentation)
                and segmentation.GetSegmentation().GetSegment(SEGMENT_ID))


def open_review(segmentation, reviewer: str) -> SceneReview:
    """Begin the review of a result, or go on with it where the scene has one.

    Raises
    ------
    icac.errors.InputError
        The segmentation lies elsewhere than its CT, or its record is damaged.

    """
    from icac.errors import InputError
    from icac.files import parse_json
    from icac.review import ReviewSession

    if segmentation.GetParentTransformNode() is not None:
        raise InputError(_("A transform moves the segmentation {name} away from its CT; remove or harden it before "
                           "the review.").format(name=segmentation.GetName()))
    report = report_of(segmentation)
    ct = report.measured(world_volume(ct_of(segmentation)))
    probability = probability_of(segmentation, ct.frame) if segmentation.GetNodeReference(PROBABILITY_ROLE) else None
    courses = report.courses
    kept = segmentation.GetAttribute(REVIEW_ATTRIBUTE)
    if kept:
        try:
            record = parse_json(kept)
        except ValueError as error:
            raise InputError(_("The review that the scene holds of {name} is damaged ({error}); load the result "
                               "again.").format(name=segmentation.GetName(), error=error)) from error
        review = SceneReview(segmentation, ReviewSession.restore(record, ct, probability, courses, reviewer=reviewer))
        review.write_all()
        return review
    predicted = segment_mask(segmentation, SEGMENT_ID, ct.frame)
    return SceneReview(segmentation, ReviewSession(
        ct, predicted, probability, courses, reviewer=reviewer, threshold=report.threshold))
