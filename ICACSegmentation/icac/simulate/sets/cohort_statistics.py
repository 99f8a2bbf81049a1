"""How a drawn cohort compares with published figures: lesions are drawn, nothing is rendered.

All patients get the arteries of the mean head, whose sizes are the published means; that makes a thousand patients a
matter of seconds and leaves the draws what they are in a cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from icac.anatomy import Segment, Side
from icac.choices import MIXED, PROTOCOLS
from icac.errors import InputError
from icac.files import whole_file, write_csv
from icac.phantom import mean_head
from icac.progress import Progress, Silent
from icac.simulate.cases.simulated_patient import Patient, draw_patient
from icac.simulate.patient.apparent import apparent_volume
from icac.simulate.patient.calcification import SEEN_SHARE
from icac.simulate.patient.lesions import FULL_TURN, Lesion
from icac.simulate.sets.case_mix import CASE_MIXES

_ROTTERDAM = "Rotterdam, n 2,495"
_SUBTYPES = "Rotterdam, n 2,391"
_STROKE = "stroke + thrombectomy, n 194"
_BERGHOUT = "Berghout 2025, 200 arteries"
_JCDR = "JCDR 2015, 190 sides"

#: Published prevalence (%) and volume of all patients (mm3), by population.
_PREVALENCE = {"rotterdam": ("82.2", _ROTTERDAM), "stroke": ("84.5", _STROKE)}
_VOLUME = {"rotterdam": ("44", _ROTTERDAM), "stroke": ("87.1 (18.9-254.6)", _STROKE)}

#: Mimics: published prevalence and source. Of patients unless the row says sides.
_MIMICS = {
    "petroclinoid ligament": ("13.2-21.8", "Anat Cell Biol 2021; n 1,000"),
    "vertebral or basilar artery": ("21.0", "Rotterdam, n 2,483"),
    "pineal gland": ("37.7-75", "three CT series"),
    "choroid plexus": ("52.1-66.2", "three CT series"),
    "falx": ("6.2-26.8", "three CT series"),
    "tentorium": ("0.2-7.3", "three CT series"),
    "dura beside the cavernous sinus": ("about 10", "dura of the elderly"),
    "dense blood": ("", "assumption"),
}
_MIMICS_OF_SIDES = {"interclinoid bridge": ("2.1", _JCDR), "carotico-clinoid bridge": ("22.1", _JCDR)}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    quantity, unit : str
    drawn : str
        Value in the cohort: a share, or the median and quartiles.
    published, source : str
        Empty where nothing is published.

    """

    quantity: str
    unit: str
    drawn: str
    published: str = ""
    source: str = ""


@dataclass(frozen=True)
class _Drawn:
    """Numbers of one patient that the table needs; the shapes are let go."""

    volume: float
    seen: float
    arteries: tuple[float, ...]
    pattern: str
    lesions: tuple[tuple[Side, Segment, float, float, float, bool], ...]
    extents: tuple[float, ...]
    mimics: frozenset[str]
    mimic_sides: tuple[str, ...]


def describe_cohort(n: int, seed: int = 0, protocol: str = "rotterdam", progress: Progress | None = None) -> list[Row]:
    """Draw ``n`` patients and compare them with published figures.

    Parameters
    ----------
    n : int
        1 or more; a thousand give shares within about 3 %.
    seed : int
    protocol : str
        ``rotterdam``, ``stroke``, ``routine`` or ``mixed``.
    progress : Progress, optional

    Returns
    -------
    list of Row

    Raises
    ------
    InputError
        If ``n`` is not positive or there is no such protocol.

    """
    if n < 1 or protocol not in (*PROTOCOLS, MIXED):
        raise InputError(f"Statistics need one or more patients of the protocol {', '.join(PROTOCOLS)} or {MIXED}, not "
                         f"{n} of '{protocol}'.")
    progress = progress or Silent()
    head = mean_head()
    drawn = []
    for number in range(n):
        rng = np.random.default_rng((seed, number, 4))
        own = protocol if protocol != MIXED else CASE_MIXES["usual"].draw(rng).protocol
        drawn.append(_measure(draw_patient(rng, own, head)))
        if (number + 1) % 100 == 0 or number + 1 == n:
            progress.update("Draw", (number + 1) / n, f"{n} patients")
    return [*_burden_rows(drawn, protocol), *_lesion_rows(drawn), *_mimic_rows(drawn)]


def _measure(patient: Patient) -> _Drawn:
    calcification = patient.calcification
    by_side = {side: [lesion for lesion in calcification.lesions if lesion.side is side] for side in Side}
    strands = patient.mimics
    return _Drawn(
        calcification.burden.total_mm3, sum(_seen_mm3(lesion) for lesion in calcification.lesions),
        tuple(calcification.burden.volume_mm3.values()), calcification.burden.pattern,
        tuple((lesion.side, lesion.segment, lesion.arc_deg, lesion.cross_section_mm2, lesion.hu,
               _is_posterosuperior(lesion)) for lesion in calcification.lesions),
        tuple(_extent_mm(lesions) for lesions in by_side.values() if lesions),
        frozenset(strand.name for strand in strands), tuple(strand.name for strand in strands))


def _radius(lesion: Lesion) -> float:
    return float(lesion.wall.radius_mm(lesion.s_mm))


def _seen_mm3(lesion: Lesion) -> float:
    """Volume that a usual scan shows of a lesion."""
    width = lesion.arc * _radius(lesion)
    seen = apparent_volume(lesion.length_mm, width, lesion.thickness_mm, lesion.hu, lesion.arc >= FULL_TURN)
    return seen * SEEN_SHARE[lesion.layer]


def _is_posterosuperior(lesion: Lesion) -> bool:
    turn = lesion.theta - lesion.wall.posterosuperior_theta(lesion.s_mm)
    return bool(abs((turn + np.pi) % FULL_TURN - np.pi) <= np.pi / 4)


def _extent_mm(lesions: Sequence[Lesion]) -> float:
    """Length of the artery that any lesion covers."""
    total, reached = 0.0, -np.inf
    for low, high in sorted(lesion.s_range for lesion in lesions):
        total += max(high - max(low, reached), 0.0)
        reached = max(reached, high)
    return total


def _burden_rows(drawn: Sequence[_Drawn], protocol: str) -> list[Row]:
    calcified = [patient for patient in drawn if patient.volume > 0]
    rows = [Row("patients", "", str(len(drawn))),
            Row("prevalence of ICAC", "%", _percent(drawn, lambda p: p.volume > 0),
                *_PREVALENCE.get(protocol, ("", "assumption"))),
            Row("volume, all patients", "mm3", _quartiles([p.volume for p in drawn]),
                *_VOLUME.get(protocol, ("", "assumption"))),
            Row("volume that a usual scan shows, all patients", "mm3", _quartiles([p.seen for p in drawn]),
                *_VOLUME.get(protocol, ("", "assumption"))),
            Row("both carotids affected, of the calcified", "%", _percent(calcified, lambda p: min(p.arteries) > 0),
                "94", "Gotovac, n 160")]
    for pattern, published in (("intimal", "39"), ("medial", "48"), ("mixed", "13")):
        rows.append(Row(f"{pattern} pattern, of the calcified", "%",
                        _percent(calcified, lambda p, pattern=pattern: p.pattern == pattern), published, _SUBTYPES))
    return rows


def _lesion_rows(drawn: Sequence[_Drawn]) -> list[Row]:
    arteries = [group for patient in drawn for side in Side
                if (group := [lesion for lesion in patient.lesions if lesion[0] is side])]
    lesions = [lesion for artery in arteries for lesion in artery]

    def mean_of(part: int) -> list[float]:
        return [float(np.mean([lesion[part] for lesion in artery])) for artery in arteries]

    return [Row("calcifications of a calcified artery", "", _quartiles([len(a) for a in arteries]), "4 (2-6)",
                _BERGHOUT),
            Row("mean arc width of an artery", "degrees", _quartiles(mean_of(2)), "43.5 (32.3-53.2)", _BERGHOUT),
            Row("arc width of a calcification", "degrees", _quartiles([lesion[2] for lesion in lesions])),
            Row("mean cross-section of an artery", "mm2", _quartiles(mean_of(3)), "1.8 (1.2-2.7)", _BERGHOUT),
            Row("longitudinal extent of an artery", "mm", _quartiles([e for p in drawn for e in p.extents]),
                "15.4 (5.9-27.0)", _BERGHOUT),
            Row("calcifications in C4", "%", _percent(lesions, lambda lesion: lesion[1] is Segment.C4), "56.0",
                _BERGHOUT),
            Row("calcifications of the posterosuperior wall", "%", _percent(lesions, lambda lesion: lesion[5]), "38.5",
                _BERGHOUT),
            Row("CT number at 120 kV, before blurring", "HU", _quartiles([lesion[4] for lesion in lesions]), "",
                "assumption")]


def _mimic_rows(drawn: Sequence[_Drawn]) -> list[Row]:
    rows = []
    for name, (published, source) in _MIMICS.items():
        words = ("vertebral artery", "basilar artery") if "or basilar" in name else (name,)
        rows.append(Row(f"{name}, patients", "%", _percent(drawn, lambda p, words=words: any(
            word in strand for word in words for strand in p.mimics)), published, source))
    for name, (published, source) in _MIMICS_OF_SIDES.items():
        sides = [name in strand for p in drawn for strand in p.mimic_sides].count(True)
        rows.append(Row(f"{name}, sides", "%", f"{100 * sides / (2 * len(drawn)):.1f}", published, source))
    return rows


def _percent(items: Sequence, condition: Callable[..., bool]) -> str:
    return f"{100 * np.mean([condition(item) for item in items]):.1f}" if len(items) else "-"


def _quartiles(values: Sequence[float]) -> str:
    if not len(values):
        return "-"
    low, median, high = np.percentile(values, [25, 50, 75])
    digits = 0 if median >= 100 else 1
    return f"{median:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def statistics_text(rows: Sequence[Row]) -> str:
    """Return the table as Markdown; medians with quartiles, or shares."""
    cells = [("quantity", "unit", "drawn", "published", "source"), *(tuple(asdict(row).values()) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
             for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def save_statistics(rows: Sequence[Row], folder: str | Path) -> None:
    """Write ``cohort_statistics.csv`` and ``cohort_statistics.md``.

    Raises
    ------
    OutputError
        If they cannot be written.

    """
    folder = Path(folder)
    write_csv(folder / "cohort_statistics.csv", list(asdict(rows[0])), map(asdict, rows))
    with whole_file(folder / "cohort_statistics.md") as temporary:
        temporary.write_text(statistics_text(rows) + "\n", encoding="utf-8")
