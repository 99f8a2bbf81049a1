"""The totals of a review in words, as rich text for a label."""

from __future__ import annotations

from slicer.i18n import tr as _


def totals_text(totals) -> str:
    """Return what a label shows of ``icac.review.ReviewTotals``: a small table, and how far the review has come."""
    from icac.anatomy import Side

    rows = []
    for title, total in ((_("Accepted"), totals.accepted), (_("All but rejected"), totals.standing)):
        amounts = [*(total.by_side[side] for side in (Side.RIGHT, Side.LEFT)), total.both]
        cells = "".join(f'<td align="right">{amount.volume_mm3:.1f}</td>' for amount in amounts)
        rows.append(f"<tr><td><b>{title}</b></td>{cells}<td align=\"right\">{total.both.lesions}</td></tr>")
    heads = "".join(f'<th align="right">&nbsp;&nbsp;{text}</th>' for text in
                    (_("Right"), _("Left"), _("Both mm³"), _("Lesions")))
    counts = {status.value: count for status, count in totals.counts.items()}
    progress = _("{done} of {all} lesions reviewed, {flagged} flagged.").format(
        done=counts["accepted"] + counts["rejected"] + counts["flagged"], all=sum(counts.values()),
        flagged=counts["flagged"])
    return f"<table cellspacing=\"4\"><tr><th></th>{heads}</tr>{''.join(rows)}</table>{progress}"
