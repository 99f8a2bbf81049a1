"""Options by which a measurement is placed among people of the same age and sex."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from icac.text import one_line

if TYPE_CHECKING:
    from icac.norms import Norms, Rank
    from icac.result import SegmentedScan


def add_person(parser: argparse.ArgumentParser) -> None:
    """Add the options of one scan."""
    parser.add_argument("--norms", metavar="FILE",
                        help="norms of 'icac cohort norms': say how many people of the same age and sex have less")
    parser.add_argument("--age", metavar="YEARS", help="age at the scan, for --norms (default: as the file tells)")
    parser.add_argument("--sex", metavar="F|M", help="sex, for --norms (default: as the file tells)")


def add_people(parser: argparse.ArgumentParser) -> None:
    """Add the options of many scans."""
    parser.add_argument("--norms", metavar="FILE", help="norms of 'icac cohort norms' among which each scan is placed; "
                                                        "the tables keep to them from then on")
    parser.add_argument("--people", metavar="CSV", help="table of subject, age and sex, for --norms (default: as the "
                                                        "headers of the scans tell)")


def norms_of(options: argparse.Namespace) -> Norms | None:
    """Return the norms that the command line names, before anything is computed; raises InputError."""
    from icac.errors import InputError

    chosen, people = (getattr(options, name, None) for name in ("norms", "people"))
    if people:
        from icac.norms import read_people

        read_people(people)
    if chosen:
        from icac.norms import Norms  # scipy.stats, half a second

        return Norms.load(chosen)
    if getattr(options, "age", None) or getattr(options, "sex", None):
        raise InputError("--age and --sex are for --norms; name the norms too.")
    return None


def rank_of(norms: Norms, path: str, result: SegmentedScan, options: argparse.Namespace) -> Rank:
    """Return where a result lies among norms; raises InputError if the norms say nothing of such a person."""
    from icac.ct.person import person_of
    from icac.norms import Measured, Person
    from icac.norms.person import parse_age, parse_sex

    given = Person(parse_age(options.age or ""), parse_sex(options.sex or ""))
    person = given if given.age is not None and given.sex else given.with_known(
        person_of(path, result.scan.identity.get("series_uid", "")))
    chosen = {"threshold": result.threshold, "lesion_threshold": result.lesion_threshold,
              "min_lesion_volume_mm3": result.settings.min_volume_mm3, "harmonise": result.settings.harmonise,
              "poses": result.poses}
    measured = Measured.of(result.model.name, result.model.version, result.model.checksum, chosen)
    return norms.rank(result.burden.total.volume_mm3, person, measured)


def print_rank(rank: Rank | None, reason: str = "") -> None:
    """Print where a result lies, or why that cannot be said."""
    if rank is None:
        print(f"Among others: {one_line(reason)}")
        return
    print(f"Among others: {rank.statement}")
    for note in rank.notes:
        print(f"Warning: {one_line(note)}")
