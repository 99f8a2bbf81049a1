"""Results of predicted cases by the kind of patient and scan that they are, from the facts in their manifest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.evaluation.measures.case_measures import CaseMeasures
from icac.evaluation.results.tables import Rows
from icac.evaluation.statistics.agreement import intraclass_correlations, limits_of_agreement
from icac.files import read_csv

#: Facts of a case by name, as text.
Facts = Mapping[str, str]

#: From this weight of the subtracted Gaussian on a kernel is sharp, and one of bone.
SHARP_FROM, BONE_FROM = 0.3, 0.7

#: Borders between classes of noise (HU) and of the thickness of slices (mm).
NOISE_HU, THICKNESS_MM = (10.0, 20.0, 40.0), (1.0, 2.0)


def facts_of(manifest: Path) -> dict[str, Facts]:
    """Return the facts of each case of a manifest by its name."""
    return {row["case"]: row for row in read_csv(manifest / "manifest.csv" if manifest.is_dir() else manifest).rows}


def group_rows(cases: Sequence[CaseMeasures], facts: Mapping[str, Facts]) -> Rows:
    """Return one row a group of cases; a fact that the manifest does not know makes no group."""
    groups: dict[str, list[CaseMeasures]] = {}
    for case in cases:
        for name in ("all", *_names(case, facts[case.case])):
            groups.setdefault(name, []).append(case)
    return [row_of(name, groups[name]) for name in sorted(groups, key=lambda name: (name != "all", name))]


def row_of(name: str, cases: Sequence[CaseMeasures]) -> dict[str, object]:
    """Return the results of a group; volumes are pooled, and "nothing found" is of those without ICAC."""
    both, truth, predicted = (np.array([getattr(case.overlap, kind) for case in cases])
                         for kind in ("both_mm3", "truth_mm3", "predicted_mm3"))
    empty = truth == 0
    return {
        "group": name, "n": len(cases), "without ICAC": int(empty.sum()),
        "nothing found": _ratio(np.count_nonzero(empty & (predicted == 0)), empty.sum()),
        "false lesions a scan": float(np.mean([case.false_lesions for case in cases])),
        "false mm3 a scan": float((predicted - both).mean()),
        "sensitivity": _ratio(both.sum(), truth.sum()), "PPV": _ratio(both.sum(), predicted.sum()),
        "Dice, pooled": _ratio(2 * both.sum(), truth.sum() + predicted.sum()),
        "Dice, mean": float(np.mean([case.overlap.dice for case in cases])),
        "ICC(2,1)": intraclass_correlations(np.stack([predicted, truth], axis=1)).agreement.value,
        "bias, %": limits_of_agreement(predicted, truth).bias_percent,
    }


def _names(case: CaseMeasures, facts: Facts) -> Iterator[str]:
    yield "ICAC: none" if case.overlap.truth_mm3 == 0 else "ICAC: some"
    for fact, words in _KINDS.items():
        if facts.get(fact):
            yield words(facts[fact])


def _within(title: str, unit: str, borders: Sequence[float]) -> Callable[[str], str]:
    """Return what names the class of a number by its borders; the classes sort as their numbers do."""
    def name(text: str) -> str:
        place = int(np.searchsorted(borders, float(text), side="right"))
        low = f"{borders[place - 1]:g}" if place else "0"
        return f"{title}: {low} to {borders[place]:g} {unit}" if place < len(borders) else f"{title}: {low} {unit} on"

    return name


def _kernel(edge_gain: str) -> str:
    gain = float(edge_gain)
    return f"kernel: {'bone' if gain >= BONE_FROM else 'sharp' if gain >= SHARP_FROM else 'soft'}"


#: What names the group of a case by each of its facts.
_KINDS: dict[str, Callable[[str], str]] = {
    "young": lambda value: "age: young" if int(value) else "age: adult",
    "protocol": lambda value: f"protocol: {value}",
    "style": lambda value: f"style: {value}",
    "edge_gain": _kernel,
    "noise_sd": _within("noise", "HU", NOISE_HU),
    "thickness_mm": _within("slices", "mm", THICKNESS_MM),
    "clips": lambda value: "metal: clips" if int(value) else "metal: none",
}


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
