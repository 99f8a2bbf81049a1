"""The review of one scan: its lesions, what was decided about them, and every step that led there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.correct import Patch
from icac.correct.block import Part
from icac.errors import InputError
from icac.geometry import Volume
from icac.geometry.box import Box
from icac.review import masks
from icac.review.edit import Drafts, divide_lesion, edit_lesions
from icac.review.history import Action
from icac.review.lesion import Draft, ReviewedLesion
from icac.review.measuring import Measuring
from icac.review.parts import same
from icac.review.record import build_record, restore_session, save_record
from icac.review.state import ReviewState
from icac.review.status import Origin, Status
from icac.review.suggest import analysed_box, candidates


class ReviewSession(ReviewState):
    """The review of one scan, without any user interface.

    Lesions are kept as small blocks, so that an edit of a scan of any size takes milliseconds. The prediction never
    changes. Every action (a decision, a comment, an edit) is one step of :meth:`undo`.

    Parameters
    ----------
    ct : Volume
        The scan in HU.
    predicted : numpy.ndarray of bool or int, or mapping of int to Part
        The prediction: a mask or labels (0, or the number of the lesion), shape (z, y, x); or the lesions by number.
    probability : numpy.ndarray of float32, optional
        Probability of ICAC, shape (z, y, x); zero where the network did not look.
    courses : mapping of Side to Course
        Courses of the carotids in the space of the scan, LPS mm. At least one.
    threshold : float
        Probability above which a voxel was predicted to be ICAC.
    reviewer : str
        Who is at work; may be set later.
    now : callable
        Returns the time in UTC.

    Attributes
    ----------
    reviewer : str
    threshold : float

    Raises
    ------
    InputError
        An array does not have the shape of the scan.

    """

    def __init__(self, ct: Volume, predicted: np.ndarray | Mapping[int, Part], probability: np.ndarray | None,
                 courses: Mapping[Side, Course], *, threshold: float = 0.5, reviewer: str = "",
                 now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)) -> None:
        for name, array in (("prediction", predicted), ("probability map", probability)):
            if isinstance(array, np.ndarray) and array.shape != ct.frame.shape:
                raise InputError(f"The {name} has {array.shape} voxels (z, y, x) and the CT {ct.frame.shape}; load the "
                                 "result of this CT.")
        parts = masks.parts_of(predicted) if isinstance(predicted, np.ndarray) else predicted
        super().__init__(Measuring(ct, probability, courses), parts, float(threshold), reviewer)
        self._now = now
        self._analysed = None if probability is None else analysed_box(probability)

    # What is there

    @property
    def probability(self) -> np.ndarray | None:
        """Probability of ICAC, float32 (z, y, x), or None."""
        return self._measuring.probability

    @property
    def courses(self) -> Mapping[Side, Course]:
        """Courses of the carotids in the space of the scan, LPS mm."""
        return self._measuring.courses

    @property
    def mask(self) -> np.ndarray:
        """The corrected segmentation, a new bool array (z, y, x): all lesions that stand."""
        return masks.mask_of(self.mask_lesions, self.ct.frame.shape)

    @property
    def labels(self) -> np.ndarray:
        """The corrected segmentation, a new int32 array (z, y, x): 0, or the key of the lesion that stands there."""
        return masks.labels_of(self.mask_lesions, self.ct.frame.shape)

    def mask_in(self, box: Box) -> np.ndarray:
        """Return the corrected segmentation in a block of the scan (slices for z, y, x), bool of its shape."""
        return masks.mask_in(self.mask_lesions, box)

    def mask_of(self, *statuses: Status) -> np.ndarray:
        """Return where lesions of some statuses are, a new bool array (z, y, x), e.g. to show what was rejected."""
        return masks.mask_of([le for le in self.lesions if le.status in statuses], self.ct.frame.shape)

    @property
    def mask_lesions(self) -> list[ReviewedLesion]:
        """The lesions that stand: those that make up :attr:`mask`, by key."""
        return [lesion for lesion in self.lesions if lesion.stands]

    # In which order to look at it

    def order(self) -> list[int]:
        """Return the keys of all lesions, likely false positives first; see :mod:`icac.review.suspicion`."""
        return sorted(self._lesions, key=lambda key: (-self._lesions[key].suspicion, key))

    def suggestions(self, limit: float) -> list[ReviewedLesion]:
        """Return uncertain candidates below the threshold, the most probable first.

        They do not count until they are accepted by :meth:`set_status`; those that something was done to are among
        :attr:`lesions` instead.

        Parameters
        ----------
        limit : float
            Lowest probability of their voxels.

        Returns
        -------
        list of ReviewedLesion
            Empty without a probability map.

        Raises
        ------
        InputError
            The limit is not a probability.

        """
        if self.probability is None:
            return []
        known = [lesion.part for lesion in (*self.predicted.values(), *self._lesions.values())]
        found = [self._suggestion(part) for part in candidates(self.ct, self.probability, limit, known, self._analysed)]
        self._suggested.update((lesion.key, lesion) for lesion in found)
        return sorted(found, key=lambda lesion: (-lesion.measured.mean_probability, lesion.key))

    def _suggestion(self, part: Part) -> ReviewedLesion:
        """Return the suggestion of these voxels, under the key it had if it was suggested before."""
        for lesion in self._suggested.values():
            if same(lesion.part, part):
                return lesion
        return self._measuring.measure(next(self._new_keys()), Draft(part, Origin.SUGGESTED), ())

    # What can be done

    def set_status(self, key: int, status: Status | str) -> Action:
        """Accept, reject, flag or reopen a lesion or a suggestion. Raises InputError if there is none of this key."""
        status = Status(status)
        return self._do(status.value, key, {key: self.lesion(key).draft._replace(status=status)})

    def comment(self, key: int, text: str) -> Action:
        """Replace the comment on a lesion. Raises InputError if there is none of this key."""
        return self._do("comment", key, {key: self.lesion(key).draft._replace(comment=text)})

    def apply(self, patch: Patch, kind: str, key: int | None = None) -> Action | None:
        """Apply a correction; :func:`icac.review.edit.edit_lesions` says what becomes of the lesions.

        Parameters
        ----------
        patch : Patch
        kind : str
            What it is: ``trim``, ``remove``, ``add``, ``brush`` or another word.
        key : int, optional
            The lesion that is corrected, if one was selected.

        Returns
        -------
        Action or None
            None if the patch changes nothing.

        Raises
        ------
        InputError
            The segmentation has changed since the patch was computed, or there is no such lesion.

        """
        lesions = dict(self._lesions) if key is None else {**self._lesions, key: self.lesion(key)}
        drafts = edit_lesions(lesions, patch, key, self._new_keys())
        return self._do(kind, key, drafts) if drafts else None

    def split(self, key: int, labels: np.ndarray, box: Box) -> Action | None:
        """Divide a lesion.

        Parameters
        ----------
        key : int
        labels : numpy.ndarray of int
            Number of the part each voxel of the lesion goes to, from 1; shape of the box.
        box : tuple of slice
            Block of the scan that holds the lesion, slices for (z, y, x).

        Returns
        -------
        Action or None
            None if there is only one part.

        Raises
        ------
        InputError
            There is no such lesion, or the labels are not on exactly its voxels.

        """
        drafts = divide_lesion(key, self.lesion(key).draft, labels, box, self._new_keys())
        return self._do("split", key, drafts) if drafts else None

    def _do(self, kind: str, key: int | None, drafts: Drafts) -> Action:
        return self.do(kind, key, self.reviewer, self._now(), drafts)

    # What is kept

    def record(self) -> dict[str, Any]:
        """Return the whole review as JSON-ready values; the form is ``review.schema.json``."""
        return build_record(self)

    def save(self, path: str | Path) -> Path:
        """Write the record as a file, in one step; return the path. Raises OutputError if it cannot be written."""
        return save_record(self.record(), Path(path))

    @classmethod
    def restore(cls, record: Mapping[str, Any], ct: Volume, probability: np.ndarray | None,
                courses: Mapping[Side, Course], **options: Any) -> ReviewSession:
        """Return the session that a record was made of, with all its steps of undo and redo.

        Parameters
        ----------
        record : mapping
            As of :meth:`record` or :func:`icac.review.record.read_record`.
        ct, probability, courses
            As of the constructor; lesions are measured anew on them.
        **options
            ``reviewer`` and ``now`` as of the constructor; the reviewer of the record if omitted.

        Raises
        ------
        InputError
            The record is damaged, of another scan, or from a newer version.

        """
        return restore_session(cls, record, ct, probability, courses, **options)
