"""Review of one scan without any user interface: decisions, corrections, totals, undo, and the record of it all."""

from icac.review.lesion import ReviewedLesion
from icac.review.session import ReviewSession
from icac.review.status import Origin, Status
from icac.review.totals import ReviewTotals

__all__ = ["Origin", "ReviewSession", "ReviewTotals", "ReviewedLesion", "Status"]
