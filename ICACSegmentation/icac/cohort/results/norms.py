"""Norms of a cohort, made of those of its scans that count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icac.cohort.results.collect import Cohort, load_cohort
from icac.cohort.results.copies import voxels_of
from icac.cohort.results.norms_table import draw_norms, norms_rows
from icac.cohort.results.people import people_of
from icac.cohort.results.ranks import measured_by
from icac.errors import InputError
from icac.files import refuse_overwriting, write_csv
from icac.files.file_set import write_file_set
from icac.norms import Measured, Norms, Person
from icac.norms.fit import fit_norms
from icac.norms.smooth import BANDWIDTH_YEARS

#: What is written: the norms, their table and picture, and whose scans are not in them.
NORMS, TABLE, PICTURE, LEFT_OUT = "norms.json", "norms.csv", "norms.png", "norms_left_out.csv"


@dataclass(frozen=True)
class MadeNorms:
    """Norms that were made.

    Attributes
    ----------
    norms : Norms
    notes : tuple of str
        Groups with too few people.
    left_out : tuple of (str, str)
        Scan, and why it is not in them.
    files : dict of str to Path

    """

    norms: Norms
    notes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    files: dict[str, Path]


def make_norms(out: str | Path, name: str, *, people: str | Path | None = None, bandwidth: float = BANDWIDTH_YEARS,
               folder: str | Path | None = None) -> MadeNorms:
    """Make norms of the finished scans of a cohort: one scan of each subject of known age.

    Left out are scans that were flagged, second scans of a subject, copies, and those of unknown age; each is listed.

    Parameters
    ----------
    out : str or Path
        Folder of the cohort.
    name : str
        What the cohort is called wherever the norms are used.
    people : str or Path, optional
        Table with the columns subject, age, sex and, if at hand, session; headers of the scans tell where it is silent.
    bandwidth : float
        Years over which is smoothed.
    folder : str or Path, optional
        Where the norms are written, if not into that of the cohort.

    Raises
    ------
    InputError
        There are too few people, or the table cannot be read.
    OutputError
        The folder holds no cohort or cannot be written.

    """
    if not name.strip():
        raise InputError("Norms need a name, which stands wherever they are used; give it with --name.")
    root = Path(out).absolute()
    cohort = load_cohort(root)
    known = people_of(root, cohort.records, people)
    chosen, left_out = _choose(cohort, known)
    persons = [known[record["name"]] for record in chosen]
    volumes = [float(record["row"]["volume_mm3"]) for record in chosen]
    measured = measured_by(chosen[0]["row"]) if chosen else Measured("", "")
    norms, notes = fit_norms(name.strip(), persons, volumes, measured, bandwidth=bandwidth,
                             about=_about(chosen, left_out))
    target, names = Path(folder).absolute() if folder else root, (TABLE, LEFT_OUT, PICTURE, NORMS)
    refuse_overwriting((people,), (target / name for name in names))

    def write(temporary: Path) -> dict[str, Path]:
        written = {"table": write_csv(temporary / TABLE, *norms_rows(norms)),
                   "left_out": write_csv(temporary / LEFT_OUT, ("scan", "reason"),
                                         ({"scan": scan, "reason": why} for scan, why in left_out))}
        picture = draw_norms(norms, [p.age for p in persons], [p.sex for p in persons], volumes, temporary / PICTURE)
        return {**written, **({"picture": picture} if picture else {}), "norms": norms.save(temporary / NORMS)}

    files = write_file_set(target, write, names, NORMS)
    return MadeNorms(norms, tuple(notes), tuple(left_out), files)


def _choose(cohort: Cohort, known: Mapping[str, Person]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    chosen: dict[str, dict[str, Any]] = {}
    counted: dict[str, str] = {}
    left_out = [(failure["name"], "it could not be measured") for failure in cohort.failures]
    for record in cohort.records:
        voxels = voxels_of(record)
        reason = _why_not(record, cohort, known[record["name"]], chosen, counted.get(voxels, ""))
        if reason:
            left_out.append((record["name"], reason))
        else:
            chosen[record["source"]["subject"]] = record
            counted |= {voxels: record["name"]} if voxels else {}
    return list(chosen.values()), left_out


def _why_not(record: Mapping[str, Any], cohort: Cohort, person: Person, chosen: Mapping[str, Any], same: str) -> str:
    """Say why a scan does not count, empty if it does; ``same`` is one that counts and has the same voxels."""
    decision = cohort.decisions.get(record["name"])
    if decision is not None and decision.decision == "flagged":
        return "it was flagged in the review"
    if person.age is None:
        return "the age is not known"
    first = chosen.get(record["source"]["subject"])
    if first is not None:
        return f"{first['name']} is the scan of this subject that counts"
    return f"it has the same voxels as {same}, which counts" if same else ""


def _without_names(why: str) -> str:
    if why.endswith("which counts"):
        return "it has the same voxels as another"
    return "it is not the scan of its subject that counts" if "that counts" in why else why


def _about(chosen: Sequence[Mapping[str, Any]], left_out: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what else is said of the cohort, without anything of single people."""
    days = sorted(str(record.get("created", ""))[:10] for record in chosen)
    scanners = Counter(f"{record['row'].get('manufacturer') or 'unknown'} {record['row'].get('scanner') or ''}".strip()
                       for record in chosen)
    reasons = Counter(_without_names(why) for _, why in left_out)
    return {"measured_from": days[0] if days else "", "measured_to": days[-1] if days else "",
            "scans": len(chosen), "scanners": dict(scanners.most_common()), "left_out": dict(reasons)}
