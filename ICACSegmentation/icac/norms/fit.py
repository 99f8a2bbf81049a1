"""Making norms of people whose volumes were measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np

from icac.errors import InputError
from icac.norms.norms import GROUPS, Measured, Norms
from icac.norms.person import Person
from icac.norms.smooth import BANDWIDTH_YEARS, LEAST_PEOPLE, smooth

#: Bandwidths beyond these in years smooth nothing, or everything.
LEAST_BANDWIDTH, MOST_BANDWIDTH = 0.5, 30.0


def fit_norms(name: str, people: Sequence[Person], volumes_mm3: Sequence[float], measured: Measured, *,
              bandwidth: float = BANDWIDTH_YEARS, about: Mapping[str, Any] | None = None) -> tuple[Norms, list[str]]:
    """Make norms, each person counted once; return them with sentences on groups that have too few people.

    Parameters
    ----------
    name : str
        What the cohort is called in reports.
    people : sequence of Person
        Of known age.
    volumes_mm3 : sequence of float
    measured : Measured
    bandwidth : float
        Years.
    about : mapping, optional
        What else is known of the cohort, JSON-ready.

    Raises
    ------
    InputError
        The bandwidth cannot be, or there are too few people to say anything.

    """
    if not LEAST_BANDWIDTH <= bandwidth <= MOST_BANDWIDTH:
        raise InputError(f"The bandwidth lies between {LEAST_BANDWIDTH:g} and {MOST_BANDWIDTH:g} years, not at "
                         f"{bandwidth:g}.")
    ages, volumes = np.array([person.age for person in people], float), np.array(volumes_mm3, float)
    members = {group: np.array([group in ("all", person.sex) for person in people], bool) for group in GROUPS}
    found = {group: smooth(ages[inside], volumes[inside], bandwidth) for group, inside in members.items()}
    groups = {group: at for group, at in found.items() if at}
    counts = {group: int(inside.sum()) for group, inside in members.items()}
    if not groups:
        raise InputError(f"{counts['all']} people of known age ({counts['female']} women, {counts['male']} men) are "
                         f"too few for norms: at no age there are {LEAST_PEOPLE} people of about that age.")
    notes = [f"No norms of {GROUPS[group]}: {counts[group]} of them are too few, as {LEAST_PEOPLE} of about one age "
             "are needed." for group in GROUPS if group not in groups]
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    facts = {"made": now, "bandwidth_years": bandwidth, "least_people": LEAST_PEOPLE, "notes": notes, **(about or {})}
    return Norms(name, measured, groups, {group: counts[group] for group in groups}, facts), notes
