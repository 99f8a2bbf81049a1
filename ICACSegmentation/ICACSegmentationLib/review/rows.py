"""What the lesion table shows, as plain values: rows, their order, and which are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _

#: Columns that can be sorted, each with the attribute of the row it shows.
COLUMNS = ("number", "status", "side", "segment", "volume_mm3", "mean_hu", "max_hu", "probability", "bone")


@dataclass(frozen=True)
class Row:
    """One lesion in the table; ``status`` is that of ``icac.review.Status``, or ``suggested``."""

    number: int
    status: str
    side: str
    segment: str
    volume_mm3: float
    mean_hu: float
    max_hu: float
    probability: float
    bone: float

    def text(self, column: str) -> str:
        """Return what a cell shows."""
        value = getattr(self, column)
        if column == "status":
            return status_text(value)
        if column == "side":
            return {"right": _("right"), "left": _("left")}[value]
        if value != value:                  # not known
            return "–"
        if column == "bone":
            return f"{100 * value:.0f} %"
        return {"volume_mm3": "{:.1f}", "probability": "{:.2f}"}.get(column, "{:.0f}" if isinstance(value, float)
                                                                     else "{}").format(value)


def status_text(status: str) -> str:
    """Return a status in the language of the application."""
    return {"unreviewed": _("to review"), "accepted": _("accepted"), "rejected": _("rejected"),
            "flagged": _("flagged"), "suggested": _("suggested")}[status]


def row_of(lesion) -> Row:
    """Return the row of a lesion (``icac.review.ReviewedLesion``)."""
    measured = lesion.measured
    return Row(lesion.key, _status(lesion), measured.side.value, measured.segment.name, measured.volume_mm3,
               measured.mean_hu, measured.max_hu, measured.mean_probability, measured.bone_contact)


def _status(lesion) -> str:
    undecided = lesion.status.value == "unreviewed" and lesion.origin.value == "suggested"
    return "suggested" if undecided else lesion.status.value


def arrange(rows: Iterable[Row], column: str = "", descending: bool = False) -> list[Row]:
    """Return the rows sorted by a column, unknown values last; as they are without a column."""
    rows = list(rows)
    if not column:
        return rows
    known = [row for row in rows if getattr(row, column) == getattr(row, column)]
    unknown = [row for row in rows if getattr(row, column) != getattr(row, column)]
    return sorted(known, key=lambda row: getattr(row, column), reverse=descending) + unknown


def select(rows: Iterable[Row], status: str = "", side: str = "") -> list[Row]:
    """Return the rows of a status and a side; an empty word stands for all."""
    return [row for row in rows if row.status == (status or row.status) and row.side == (side or row.side)]


def after(rows: Sequence[Row], number: int | None) -> int | None:
    """Return the number of the next row that is to be reviewed after ``number``, round to the start; None if none."""
    numbers = [row.number for row in rows]
    start = numbers.index(number) + 1 if number in numbers else 0
    open_rows = [row.number for row in (*rows[start:], *rows[:start])
                 if row.status in ("unreviewed", "suggested") and row.number != number]
    return open_rows[0] if open_rows else None


def _slices(measured) -> str:
    if measured.first_slice == measured.last_slice:
        return _("slice {number}").format(number=measured.first_slice)
    return _("slices {first} to {last}").format(first=measured.first_slice, last=measured.last_slice)


def describe(lesion) -> str:
    """Return in words what a lesion is and why it might be a false positive."""
    from icac.lesions.contact import touches_bone

    measured, row = lesion.measured, row_of(lesion)
    text = _("Lesion {number}: {side} {segment} ({title}), {volume} mm³, mean {mean} HU, max {max} HU, {slices}; "
             "{status}.").format(
        number=lesion.key, side=row.text("side"), segment=row.segment, title=measured.segment.title,
        volume=row.text("volume_mm3"), mean=row.text("mean_hu"), max=row.text("max_hu"),
        slices=_slices(measured), status=status_text(row.status))
    if measured.form.length_mm > 0:
        text += " " + _("{length} mm long, {thickness} mm thick, {arc}° around the lumen.").format(
            length=f"{measured.form.length_mm:.1f}", thickness=f"{measured.form.mean_thickness_mm:.1f}",
            arc=f"{measured.form.mean_arc_deg:.0f}")
    reasons = []
    if touches_bone(measured.bone_contact):
        reasons.append(_("{share} of its surface touches bone").format(share=row.text("bone")))
    if row.probability == row.probability:
        reasons.append(_("probability {value}").format(value=row.text("probability")))
    reasons.append(_("{distance} mm from the middle of the artery").format(
        distance=f"{measured.course_distance_mm:.1f}"))
    return f"{text} {'; '.join(reasons).capitalize()}."
