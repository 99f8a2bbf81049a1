"""Which true lesions are missed: by size, by density, by contact with bone, by segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy import stats

from icac.evaluation.measures.detection import DetectedLesion
from icac.evaluation.statistics.agreement import Estimate
from icac.lesions import contact
from icac.lesions.agatston import WEIGHT_HU

#: Lower ends of the classes; the last has no upper end. Those of peak density are the Agatston-type score's.
VOLUME_CLASSES_MM3 = (0.0, 1.0, 5.0, 20.0, 100.0)


@dataclass(frozen=True)
class LesionClass:
    """The true lesions of one class.

    Attributes
    ----------
    property, label : str
        What divides the classes, and which class it is.
    lesions, found : int
    sensitivity : Estimate
        Found / lesions, with Wilson's interval (lesions taken as independent).
    volume_mm3 : float
        Volume of all lesions of the class.

    """

    property: str
    label: str
    lesions: int
    found: int
    sensitivity: Estimate
    volume_mm3: float


def lesion_classes(lesions: Sequence[DetectedLesion]) -> list[LesionClass]:
    """Tabulate the true lesions; classes without lesions are left out, and properties that need a CT without one."""
    true = [lesion for lesion in lesions if lesion.kind != "false"]
    rows = _by_number(true, "volume (mm3)", lambda le: le.volume_mm3, VOLUME_CLASSES_MM3)
    rows += _by_number(true, "peak density (HU)", lambda le: le.max_hu, WEIGHT_HU)
    rows += _by_number(true, "bone contact (share)", lambda le: le.bone_contact_share, contact.CLASSES)
    for name in sorted({lesion.segment for lesion in true} - {""}):
        rows.append(_class("segment", name, [lesion for lesion in true if lesion.segment == name]))
    return rows


def _by_number(lesions: Sequence[DetectedLesion], name: str, value: Callable[[DetectedLesion], float | None],
               ends: Sequence[float]) -> list[LesionClass]:
    rows = []
    for low, high in zip(ends, (*ends[1:], float("inf")), strict=True):
        chosen = [lesion for lesion in lesions if (v := value(lesion)) is not None and low <= v < high]
        label = f"{low:g} or more" if high == float("inf") else f"{low:g} to below {high:g}"
        if chosen:
            rows.append(_class(name, label, chosen))
    return rows


def _class(name: str, label: str, lesions: Sequence[DetectedLesion]) -> LesionClass:
    found = sum(lesion.kind == "found" for lesion in lesions)
    interval = stats.binomtest(found, len(lesions)).proportion_ci(method="wilson")
    return LesionClass(name, label, len(lesions), found, Estimate(found / len(lesions), interval.low, interval.high),
                       sum(lesion.volume_mm3 for lesion in lesions))
