"""Norms: what is known of a cohort, as a file that says nothing of single people, and where somebody lies in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files import write_json
from icac.files.json_file import load_json
from icac.norms import smooth
from icac.norms.person import Person
from icac.norms.smooth import SHARES, AtAge, binomial_interval

#: Version of the form of the file; the first number changes when readers must.
FORMAT = "1.0"

#: Groups, and words for their people.
GROUPS = {"female": "women", "male": "men", "all": "people of both sexes"}

#: Words for reports.
DEFINITION = ("The percentile is the share of people of the cohort, of the same sex and smoothed over age, who have "
              "less ICAC; of somebody without ICAC the share of those without any is told instead. Brackets: 95 %, "
              "binomial of the effective number of people, without what smoothing does. It is no judgement of health: "
              "the cohort is that of one lab.")

#: Settings under which volumes can be compared.
SETTINGS = ("threshold", "lesion_threshold", "min_lesion_volume_mm3", "harmonise", "poses")


@dataclass(frozen=True)
class Measured:
    """By what a volume was measured: model, version, checksum of the weights, and what was chosen.

    Attributes
    ----------
    model, version, checksum : str
    settings : mapping of str to str
        Of :data:`SETTINGS`; those that are not known are not in it.

    """

    model: str
    version: str
    checksum: str = ""
    settings: Mapping[str, str] | None = None

    @classmethod
    def of(cls, model: str, version: str, checksum: str, chosen: Mapping[str, Any]) -> Measured:
        """Return how a scan was measured; of what was ``chosen``, :data:`SETTINGS` that are not None are kept."""
        return cls(model, version, checksum, {name: _setting_text(chosen[name]) for name in SETTINGS
                                              if chosen.get(name) is not None})

    def differs(self, other: Measured) -> str:
        """Say in words in what another way of measuring differs; empty if it does not."""
        if (self.model, self.version) != (other.model, other.version):
            return f"by model {other.model} {other.version}, not {self.model} {self.version}"
        if self.checksum and other.checksum and self.checksum != other.checksum:
            return f"by other weights of model {self.model} {self.version}"
        ours, theirs = self.settings or {}, other.settings or {}
        changed = [f"{name} {theirs[name]}, not {ours[name]}" for name in SETTINGS
                   if name in ours and name in theirs and ours[name] != theirs[name]]
        return f"with {'; '.join(changed)}" if changed else ""


@dataclass(frozen=True)
class Rank:
    """Where a volume lies among people of the same age and sex.

    Attributes
    ----------
    volume_mm3, age : float
    group : str
        ``female``, ``male`` or ``all``.
    percentile, low, high : float
        Per cent of people with less, and its 95 % interval; of somebody without ICAC those without any.
    people : int
        Of the group in the cohort.
    carried_by : float
        Effective number of people of about that age.
    cohort : str
        Name of the norms.
    notes : tuple of str
        What to know of them, one sentence each.

    """

    volume_mm3: float
    age: float
    group: str
    percentile: float
    low: float
    high: float
    people: int
    carried_by: float
    cohort: str
    notes: tuple[str, ...] = ()

    @property
    def statement(self) -> str:
        """The rank in a sentence, with its interval and its cohort."""
        whom = f"{GROUPS[self.group]} of {self.age:g} years"
        source = f"in the cohort '{self.cohort}' ({self.people} {GROUPS[self.group]})"
        interval = f"(95 % {self.low:.0f} to {self.high:.0f})"
        if self.volume_mm3 <= 0:
            return f"No ICAC, as {self.percentile:.0f} % {interval} of {whom} {source}."
        edge = "above the 99th percentile" if self.percentile > 99 else f"percentile {self.percentile:.0f}"
        return f"{self.volume_mm3:.1f} mm3: {edge} {interval} of {whom} {source}."

    def record(self) -> dict[str, Any]:
        """Return the rank as JSON-ready values."""
        return {"cohort": self.cohort, "group": self.group, "age_years": self.age, "people": self.people,
                "carried_by": round(self.carried_by, 1), "volume_mm3": round(self.volume_mm3, 4),
                "percentile": round(self.percentile, 2), "percentile_low": round(self.low, 2),
                "percentile_high": round(self.high, 2), "statement": self.statement, "notes": list(self.notes),
                "definition": DEFINITION}


@dataclass(frozen=True)
class Norms:
    """The distributions of a cohort.

    Attributes
    ----------
    name : str
    measured : Measured
    groups : dict of str to list of AtAge
        By ages that follow each other; a group without enough people is not in it.
    people : dict of str to int
        Number of people by group.
    about : mapping
        Dates, what was left out, smoothing; JSON-ready.

    """

    name: str
    measured: Measured
    groups: dict[str, list[AtAge]]
    people: dict[str, int]
    about: Mapping[str, Any]

    def rank(self, volume_mm3: float, person: Person, measured: Measured | None = None) -> Rank:
        """Return where a volume lies among people of the same age and sex.

        Parameters
        ----------
        volume_mm3 : float
        person : Person
            Of unknown sex he is compared with both.
        measured : Measured, optional
            By what the volume was measured; what differs from the cohort is a note.

        Raises
        ------
        InputError
            The age is not known, or the norms have too few people of it.

        """
        if person.age is None:
            raise InputError("The norms need the age: give it with --age, or in a table of people.")
        group, notes = self._group(person)
        at = self._at(group, person.age)
        difference = self.measured.differs(measured) if measured else ""
        notes += [f"The norms '{self.name}' do not fit: this scan was measured {difference}."] if difference else []
        share = at.none_share if volume_mm3 <= 0 else at.share_below(volume_mm3)
        low, high = binomial_interval(share, at.people)
        return Rank(volume_mm3, person.age, group, 100 * share, 100 * low, 100 * high, self.people[group],
                        at.people, self.name, tuple(notes))

    def _group(self, person: Person) -> tuple[str, list[str]]:
        if person.sex in self.groups:
            return person.sex, []
        if "all" not in self.groups:
            raise InputError(f"The norms '{self.name}' have too few {GROUPS[person.sex or 'all']} to say anything.")
        reason = f"has too few {GROUPS[person.sex]}" if person.sex else "is asked without a sex"
        return "all", [f"The cohort '{self.name}' {reason}: both sexes are compared with."]

    def _at(self, group: str, age: float) -> AtAge:
        """Return the distribution at an age, between those of the whole ages around it."""
        ages = self.groups[group]
        if not ages[0].age <= age <= ages[-1].age:
            raise InputError(f"The norms '{self.name}' have too few {GROUPS[group]} of {age:g} years; they reach from "
                             f"{ages[0].age:g} to {ages[-1].age:g}.")
        index = min(int(age - ages[0].age), len(ages) - 1)
        below, above = ages[index], ages[min(index + 1, len(ages) - 1)]
        share = age - below.age
        return AtAge(age, _between(below.people, above.people, share),
                     _between(below.none_share, above.none_share, share),
                     tuple(_between(a, b, share) for a, b in zip(below.volumes_mm3, above.volumes_mm3, strict=True)))

    def save(self, path: str | Path) -> Path:
        """Write the norms as a file; raises OutputError if it cannot be written."""
        return write_json(path, {
            "format": FORMAT, "name": self.name, "definition": DEFINITION, "smoothing": smooth.__doc__,
            "model": {"name": self.measured.model, "version": self.measured.version,
                      "checksum": self.measured.checksum}, "settings": dict(self.measured.settings or {}),
            "about": dict(self.about), "shares": [round(float(share), 4) for share in SHARES],
            "groups": {group: {"people": self.people[group], "ages": [
                {"age": at.age, "people": round(at.people, 2), "none_share": round(at.none_share, 5),
                 "volumes_mm3": [round(v, 3) for v in at.volumes_mm3]} for at in ages]}
                for group, ages in self.groups.items()}}, indent=1)

    @classmethod
    def load(cls, path: str | Path) -> Norms:
        """Read norms; raises InputError if the file cannot be read, is damaged or of a newer version."""
        try:
            record = load_json(path)
            if str(record["format"]).split(".")[0] != FORMAT.split(".")[0]:
                raise ValueError("another format")
            return cls._of(record)
        except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path} is not a file of norms of 'icac cohort norms', or of another version; make it "
                             "again.") from error

    @classmethod
    def _of(cls, record: Mapping[str, Any]) -> Norms:
        groups = {group: [_at_age(at) for at in found["ages"]] for group, found in record["groups"].items()}
        steps = [b.age - a.age for ages in groups.values() for a, b in pairwise(ages)]
        if not groups or not set(groups) <= set(GROUPS) or not all(groups.values()) or any(step != 1 for step in steps):
            raise ValueError("groups")
        model = record["model"]
        return cls(str(record["name"]), Measured(str(model["name"]), str(model["version"]), str(model["checksum"]),
                                                 {str(k): str(v) for k, v in record["settings"].items()}),
                   groups, {group: int(found["people"]) for group, found in record["groups"].items()}, record["about"])


def _setting_text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _at_age(record: Mapping[str, Any]) -> AtAge:
    volumes = tuple(float(v) for v in record["volumes_mm3"])
    at = AtAge(float(record["age"]), float(record["people"]), float(record["none_share"]), volumes)
    if len(volumes) != len(SHARES) or any(b < a for a, b in zip((0.0, *volumes), volumes, strict=False)):
        raise ValueError("volumes")
    if not (at.people > 0 and 0 <= at.none_share <= 1 and math.isfinite(at.age)):
        raise ValueError("age")
    return at


def _between(below: float, above: float, share: float) -> float:
    return below + share * (above - below)
