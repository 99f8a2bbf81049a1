"""One lesion under review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from icac.correct.block import Part
from icac.lesions import Lesion
from icac.review.status import Origin, Status


class Draft(NamedTuple):
    """All of a lesion under review that is decided, not measured."""

    part: Part
    """Its voxels, in the smallest box that holds them."""
    origin: Origin
    status: Status = Status.UNREVIEWED
    comment: str = ""

    @property
    def stands(self) -> bool:
        """True if its voxels belong to the segmentation: not rejected and, if only suggested, accepted."""
        if self.origin is Origin.SUGGESTED:
            return self.status is Status.ACCEPTED
        return self.status is not Status.REJECTED


@dataclass(frozen=True, eq=False)
class ReviewedLesion:
    """One lesion under review.

    Attributes
    ----------
    key : int
        Stays the same through all edits and is never given to another lesion; also ``measured.id``, and the number
        in :attr:`icac.review.ReviewSession.labels`.
    draft : Draft
        Voxels, origin, status and comment.
    measured : Lesion
        Its measurements as it is now.
    suspicion : float
        0 to 1, how much it looks like a false positive; see :mod:`icac.review.suspicion`.

    """

    key: int
    draft: Draft
    measured: Lesion
    suspicion: float

    @property
    def part(self) -> Part:
        """Its voxels: a box (slices for z, y, x) and a bool array of that shape."""
        return self.draft.part

    @property
    def status(self) -> Status:
        """Decision of the reviewer."""
        return self.draft.status

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return self.draft.origin

    @property
    def comment(self) -> str:
        """Words of the reviewer."""
        return self.draft.comment

    @property
    def stands(self) -> bool:
        """True if its voxels belong to the segmentation."""
        return self.draft.stands
