"""The totals of a review for the panel: amounts by side, and in words how far the review has come."""

from __future__ import annotations

from slicer.i18n import tr as _

from ICACSegmentationLib.result.figures import Amount


def amounts_of(total) -> dict[str, Amount]:
    """Return the amounts of an ``icac.review`` ``Total`` by side: right, left and both."""
    sides = {side.value: amount for side, amount in total.by_side.items()} | {"both": total.both}
    return {side: Amount(amount.volume_mm3, amount.lesions) for side, amount in sides.items()}


def progress_text(totals) -> str:
    """Return how far a review with these ``icac.review.ReviewTotals`` has come, short enough for a title."""
    counts = {status.value: count for status, count in totals.counts.items()}
    done = counts["accepted"] + counts["rejected"] + counts["flagged"]
    text = _("Review: {done} of {all} lesions done").format(done=done, all=sum(counts.values()))
    flagged = _(", {flagged} flagged").format(flagged=counts["flagged"])
    return text + flagged if counts["flagged"] else text
