"""The tables of an agreement of readers, as rows for CSV and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from icac.errors import InputError
from icac.evaluation.readers.pairs import BOTH, Paired, PairedCase
from icac.evaluation.readers.readings import MODEL, Rater
from icac.evaluation.results.tables import Rows
from icac.evaluation.statistics.agreement import Estimate, intraclass_correlations, limits_of_agreement
from icac.evaluation.statistics.bootstrap import bootstrap_mean, bootstrap_ratio
from icac.evaluation.statistics.categories import category_kappa, kappa
from icac.worklist import CaseField
from icac.worklist.reader import ADJUDICATED
from icac.worklist.records.fields import CHOICE, TEXT, YES_NO

#: Sides in the order of the tables.
SIDES = (BOTH, "right", "left")

#: What all readers together are called.
ALL = "all readers"


def agreement_rows(paired: Paired) -> Rows:
    """Return the measures of every two raters, by side; then those of all readers together, if there are more."""
    rows: Rows = []
    for first, second in dict.fromkeys((row.first, row.second) for row in paired.cases):
        for side in SIDES:
            chosen = [row for row in paired.cases if (row.first, row.second, row.side) == (first, second, side)]
            rows += _of_pair(first, second, side, chosen) if chosen else []
    return rows + _of_all(paired)


def _of_pair(first: str, second: str, side: str, cases: Sequence[PairedCase]) -> Rows:
    ours, theirs = (np.array([getattr(case, name) for case in cases]) for name in ("first_mm3", "second_mm3"))
    shared = np.array([case.overlap.both_mm3 for case in cases])
    limits = limits_of_agreement(ours, theirs)
    lesions = {name: np.array([getattr(case, name) for case in cases], dtype=float)
               for name in ("first_lesions", "first_shared", "second_lesions", "second_shared")}
    measures: list[tuple[str, Estimate, str]] = [
        ("ICC(2,1), volume", _icc(ours, theirs), ""),
        ("ICC(2,1), ln(volume + 1)", _icc(np.log1p(ours), np.log1p(theirs)), ""),
        ("Bias (first - second)", limits.bias, "mm3"), ("Lower limit of agreement", limits.lower, "mm3"),
        ("Upper limit of agreement", limits.upper, "mm3"),
        ("Volume of the first, mean", Estimate(float(ours.mean())), "mm3"),
        ("Volume of the second, mean", Estimate(float(theirs.mean())), "mm3"),
        ("Dice, mean", bootstrap_mean(np.array([case.overlap.dice for case in cases])), ""),
        ("Dice, pooled", bootstrap_ratio(2 * shared, ours + theirs), ""),
        ("Lesions of the first that the second marked", bootstrap_ratio(lesions["first_shared"],
                                                                        lesions["first_lesions"]), ""),
        ("Lesions of the second that the first marked", bootstrap_ratio(lesions["second_shared"],
                                                                        lesions["second_lesions"]), ""),
        ("Lesions that both marked, of all", bootstrap_ratio(lesions["first_shared"] + lesions["second_shared"],
                                                             lesions["first_lesions"] + lesions["second_lesions"]), ""),
        ("Any ICAC, kappa", kappa(ours > 0, theirs > 0, 2), ""),
        ("Categories of volume, weighted kappa", category_kappa(ours, theirs), "")]
    return [{"first": first, "second": second, "side": side, "measure": name, "value": estimate, "unit": unit,
             "cases": len(cases)} for name, estimate, unit in measures]


def _icc(first: np.ndarray, second: np.ndarray) -> Estimate:
    return intraclass_correlations(np.stack([first, second], axis=1)).agreement


def _of_all(paired: Paired) -> Rows:
    """Return the intraclass correlation of all readers, on the cases that all of them read; none of two."""
    rows: Rows = []
    for side in SIDES:
        volumes: dict[str, dict[str, float]] = {}
        for row in paired.cases:
            if row.side == side and not {row.first, row.second} & {ADJUDICATED, MODEL}:
                volumes.setdefault(row.case, {}).update({row.first: row.first_mm3, row.second: row.second_mm3})
        readers = sorted({name for found in volumes.values() for name in found})
        complete = [found for found in volumes.values() if len(found) == len(readers)]
        if len(readers) < 3 or not complete:
            continue
        table = np.array([[found[name] for name in readers] for found in complete])
        for words, values in (("volume", table), ("ln(volume + 1)", np.log1p(table))):
            rows.append({"first": ALL, "second": "", "side": side, "measure": f"ICC(2,1), {words}",
                         "value": intraclass_correlations(values).agreement, "unit": "", "cases": len(complete)})
    return rows


def case_rows(paired: Paired) -> Rows:
    """Return one row a case, a side and a pair."""
    return [{"case": row.case, "first": row.first, "second": row.second, "side": row.side, "first_mm3": row.first_mm3,
             "second_mm3": row.second_mm3, "difference_mm3": row.first_mm3 - row.second_mm3,
             "mean_mm3": (row.first_mm3 + row.second_mm3) / 2, "dice": row.overlap.dice,
             "first_lesions": row.first_lesions, "first_lesions_shared": row.first_shared,
             "second_lesions": row.second_lesions, "second_lesions_shared": row.second_shared,
             "blind_to_model": row.blind} for row in paired.cases]


def lesion_rows(paired: Paired) -> Rows:
    """Return one row for each lesion of each rater of a pair."""
    return [{"case": one.case, "reader": one.of, "compared_with": one.by, "id": one.lesion.id,
             "side": one.lesion.side.value if one.lesion.side else "",
             "segment": one.lesion.segment.name if one.lesion.segment else "", "marked_by_both": one.lesion.matched,
             "volume_mm3": one.lesion.volume_mm3, "shared_mm3": one.lesion.shared_mm3, "dice": one.lesion.dice,
             **{f"center_lps_{axis}_mm": value for axis, value in zip("xyz", one.lesion.center_lps_mm, strict=True)}}
            for one in paired.lesions]


def field_rows(raters: Sequence[Rater], fields: Sequence[CaseField]) -> Rows:
    """Return how every two readers agree on what they said of the cases as a whole; texts are not compared."""
    rows: Rows = []
    for first, second in combinations(raters, 2):
        for field in fields:
            said = [(ours, theirs) for case in first.values
                    if (ours := _said(first, case, field)) and (theirs := _said(second, case, field))]
            if said and field.kind != TEXT:
                rows.append({"first": first.name, "second": second.name, "field": field.name, **_of_field(field, said)})
    return rows


def _said(rater: Rater, case: str, field: CaseField) -> str:
    """Return what a rater said; nothing of what the field can have no more."""
    try:
        return field.checked(rater.values.get(case, {}).get(field.name, ""))
    except InputError:
        return ""


def _of_field(field: CaseField, said: Sequence[tuple[str, str]]) -> dict[str, object]:
    share = bootstrap_mean(np.array([ours == theirs for ours, theirs in said], dtype=float))
    if field.kind not in (CHOICE, YES_NO):
        values = np.array([[float(text) for text in pair] for pair in said])
        limits = limits_of_agreement(values[:, 0], values[:, 1])
        return {"measure": "ICC(2,1)", "value": intraclass_correlations(values).agreement, "same": share,
                "bias": limits.bias, "cases": len(said)}
    words = ("no", "yes") if field.kind == YES_NO else field.choices
    grades = np.array([[words.index(text) for text in pair] for pair in said])
    return {"measure": "weighted kappa" if field.is_ordered else "kappa",
            "value": kappa(grades[:, 0], grades[:, 1], len(words), is_weighted=field.is_ordered), "same": share,
            "bias": Estimate(float("nan")), "cases": len(said)}
