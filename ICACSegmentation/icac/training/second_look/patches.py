"""Parts of straight carotids, changed a little at random, as the second look learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from icac.network.straight.config import CHANNELS
from icac.training.second_look.straight_cases import StraightCase

#: Sections of a part.
LENGTH = 128

#: Share of parts of which the course is off, by at most so many samples, and of how many sections it is off alike.
OFF_SHARE, OFF_MOST, OFF_SECTIONS = 0.8, 2, (10, 40)

#: Share of parts of which the other side is not shown: there is none in a scan that is cut.
ALONE_SHARE = 0.3

#: Contrast and noise of the HU channels change by at most this.
CONTRAST, NOISE = 0.15, 0.03

#: Share of parts that come from carotids with ICAC whatever their number.
WITH_ICAC_SHARE = 0.55

_SOFT, _BONE, _OTHER = (CHANNELS.index(name) for name in ("soft tissue", "bone", "bone of the other side"))

#: Channels that lie where the course is thought to be; the others are told of it.
_OF_SCAN = slice(0, _OTHER + 1)


class Part(NamedTuple):
    """A part of a straight carotid; arrays as of :class:`StraightCase`, of its voxels alone."""

    shown: np.ndarray
    places: np.ndarray
    first: np.ndarray
    icac: np.ndarray


def draw_part(cases: Sequence[StraightCase], rng: np.random.Generator) -> Part:
    """Draw a part of a random carotid."""
    with_icac = [case for case in cases if case.has_some]
    among = with_icac if with_icac and rng.random() < WITH_ICAC_SHARE else cases
    return changed(cut_part(among[int(rng.integers(len(among)))], rng), rng)


def cut_part(case: StraightCase, rng: np.random.Generator) -> Part:
    """Cut :data:`LENGTH` sections out of a carotid."""
    sections = case.shown.shape[1]
    start = int(rng.integers(max(sections - LENGTH, 0) + 1))
    inside = (case.places[:, 0] >= start) & (case.places[:, 0] <= start + LENGTH - 1)
    return Part(case.shown[:, start:start + LENGTH].astype(np.float32),
                case.places[inside] - np.array([start, 0, 0], np.float32), case.first[inside], case.icac[inside])


def changed(part: Part, rng: np.random.Generator) -> Part:
    """Move a part off its course, leave the other side away, change contrast and noise: each at random."""
    shown, places = part.shown, part.places.copy()
    if rng.random() < OFF_SHARE:
        _move_off(shown, places, rng)
    if rng.random() < ALONE_SHARE:
        shown[_OTHER] = shown[_OTHER].min()
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST)
    shown[_SOFT] *= contrast
    shown[_BONE] = (shown[_BONE] + 0.5) * contrast - 0.5
    scan = shown[_SOFT:_BONE + 1]
    scan += rng.normal(0, NOISE * rng.random(), scan.shape).astype(np.float32)
    size = np.array(shown.shape[1:])
    inside = ((places >= 0) & (places <= size - 1)).all(axis=1)
    return Part(shown, places[inside], part.first[inside], part.icac[inside])


def _move_off(shown: np.ndarray, places: np.ndarray, rng: np.random.Generator) -> None:
    """Shift what is seen, and the voxels with it, across the course: by an amount that changes along it."""
    off, start, sections = rng.integers(-OFF_MOST, OFF_MOST + 1, 2), 0, shown.shape[1]
    section = np.rint(places[:, 0])
    while start < sections:
        stop = start + int(rng.integers(*OFF_SECTIONS))
        off = np.clip(off + rng.integers(-1, 2, 2), -OFF_MOST, OFF_MOST)
        shown[_OF_SCAN, start:stop] = np.roll(shown[_OF_SCAN, start:stop], off, axis=(2, 3))
        places[(section >= start) & (section < stop), 1:] += off.astype(np.float32)
        start = stop
