"""From measured arteries to the grades that a reader may take over or change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icac.anatomy import Side
from icac.scores.grades import ITEMS, KOCKELKOREN, TYPES
from icac.scores.rules import Limits, Rules, usual_rules

#: Item to grade; None where nothing can be proposed, as calcium lies on no wall.
Grades = Mapping[str, str | None]


@dataclass(frozen=True)
class ArteryScore:
    """The grades of one artery, and what they sum up to by some rules; sums are None where a grade is.

    Attributes
    ----------
    grades : mapping of str to (str or None)
        Item to grade, see :data:`icac.scores.grades.ITEMS`.
    kockelkoren : float or None
        Sum of its three items.
    type : str or None
        One of :data:`icac.scores.grades.TYPES`.
    woodcock : float or None

    """

    grades: Grades
    kockelkoren: float | None
    type: str | None
    woodcock: float | None

    @classmethod
    def of(cls, grades: Grades, rules: Rules) -> ArteryScore:
        """Sum up the grades of an artery."""
        points = {item: None if grade is None else rules.points[item][grade] for item, grade in grades.items()}
        total = _sum([points[item] for item in KOCKELKOREN])
        return cls(dict(grades), total, _type(total, rules), points["woodcock"])

    def record(self) -> dict[str, Any]:
        """Return the score as JSON-ready values."""
        return {**self.grades, "kockelkoren_sum": self.kockelkoren, "type": self.type,
                "woodcock_points": self.woodcock}


def propose_scores(report: Mapping[str, Any], rules: Rules | None = None) -> dict[Side, ArteryScore]:
    """Propose the visual scores of both arteries.

    Parameters
    ----------
    report : mapping
        With ``lesions`` and ``morphometry`` as of ``report.json`` (:attr:`icac.report.Report.record`).
    rules : Rules, optional
        The usual ones if omitted.

    Raises
    ------
    KeyError
        The report is of an older version, which did not measure the form of calcium.

    """
    rules = rules or usual_rules()
    return {side: ArteryScore.of(_grades(report["morphometry"][side.value],
                                         [row for row in report["lesions"] if row["side"] == side.value],
                                         rules.limits), rules) for side in Side}


def scores_record(scores: Mapping[Side, ArteryScore], rules: Rules) -> dict[str, Any]:
    """Return the scores of both arteries, with the rules they follow, as JSON-ready values."""
    return {**{side.value: score.record() for side, score in scores.items()}, "woodcock_sum": woodcock_sum(scores),
            "rules": dict(rules.record)}


def scores_statement(scores: Mapping[Side, ArteryScore]) -> str:
    """Return the scores in a sentence."""
    sides = [f"{side.value} Kockelkoren {_shown(score.kockelkoren)} ({score.type or 'unknown'}), modified Woodcock "
             f"{_shown(score.woodcock)}" for side, score in scores.items()]
    return f"Proposed visual scores, to be checked by a reader: {'; '.join(sides)}"


def _shown(points: float | None) -> str:
    return "unknown" if points is None else f"{points:g}"


def woodcock_sum(scores: Mapping[Side, ArteryScore]) -> float | None:
    """Return the modified Woodcock score of both sides."""
    return _sum([score.woodcock for score in scores.values()])


def _sum(points: Sequence[float | None]) -> float | None:
    known = [value for value in points if value is not None]
    return sum(known) if len(known) == len(points) else None


def _type(total: float | None, rules: Rules) -> str | None:
    if total is None:
        return None
    absent, intimal, medial = TYPES
    return absent if total == 0 else medial if total >= rules.medial_from else intimal


def _grades(form: Mapping[str, Any], lesions: Sequence[Mapping[str, Any]], limits: Limits) -> Grades:
    if not lesions:
        return {"circularity": "absent", "thickness": "absent", "morphology": "indistinguishable", "woodcock": "none"}
    if form["section_thickness_mm"] is None:
        return dict.fromkeys(ITEMS)
    thickness = "thick" if form["section_thickness_mm"] >= limits.thick_mm else "thin"
    continuous = _is_continuous(form, lesions, limits)
    return {"circularity": _circularity(form, lesions, limits), "thickness": thickness,
            "morphology": _morphology(continuous, lesions, limits),
            "woodcock": _woodcock(form, thickness, continuous, limits)}


def _circularity(form: Mapping[str, Any], lesions: Sequence[Mapping[str, Any]], limits: Limits) -> str:
    half, ring = limits.arcs_deg
    if form["max_arc_deg"] >= half:
        return "ring" if form["max_arc_deg"] >= ring else "half_arc"
    return "dots" if all((row["length_mm"] or 0.0) <= limits.dot_mm for row in lesions) else "small_arc"


def _is_continuous(form: Mapping[str, Any], lesions: Sequence[Mapping[str, Any]], limits: Limits) -> bool:
    if all(row.get("voxels") == 1 for row in lesions):
        return False  # a voxel of a thick slice is as long as the slice, which says nothing of the calcium in it
    run = form["longest_run_mm"]
    return run >= limits.continuous_mm and run >= limits.continuous_share * form["length_mm"]


def _morphology(continuous: bool, lesions: Sequence[Mapping[str, Any]], limits: Limits) -> str:
    volume = sum(row["volume_mm3"] for row in lesions)
    contact = sum(row["bone_contact_share"] * row["volume_mm3"] for row in lesions) / volume
    if contact >= limits.bone_contact_share:
        return "indistinguishable"
    return "continuous" if continuous else "patchy"


def _woodcock(form: Mapping[str, Any], thickness: str, continuous: bool, limits: Limits) -> str:
    if form["opposed_length_mm"] >= limits.tracks_mm:
        return "double_tracks"
    return f"{thickness}_{'continuous' if continuous else 'discontinuous'}"
