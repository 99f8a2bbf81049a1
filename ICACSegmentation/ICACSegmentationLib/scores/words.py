"""Items and grades of the visual scores in the language of the application."""

from __future__ import annotations

from slicer.i18n import tr as _


def grade_text(grade: str | None) -> str:
    """Return a grade of ``icac.scores.grades``; None is not known."""
    return {
        None: _("not known"), "absent": _("absent"), "dots": _("dots"), "small_arc": _("less than 90°"),
        "half_arc": _("90° to 270°"), "ring": _("270° to 360°"), "thick": _("1.5 mm or more"),
        "thin": _("less than 1.5 mm"), "indistinguishable": _("absent or indistinguishable"),
        "patchy": _("irregular or patchy"), "continuous": _("continuous"), "none": _("none"),
        "thin_discontinuous": _("thin, discontinuous"), "thin_continuous": _("thin, continuous"),
        "thick_discontinuous": _("thick, discontinuous"), "thick_continuous": _("thick, continuous"),
        "double_tracks": _("double tracks")}[grade]


def type_text(kind: str | None) -> str:
    """Return the dominant type of calcification."""
    return {None: _("not known"), "absent": _("absent"), "intimal": _("intimal"), "medial": _("medial")}[kind]


def points_text(points: float | None) -> str:
    """Return a sum of points."""
    return "–" if points is None else f"{points:g}"
