"""How wide the artery is in its bony canal, as the scan shows it.

The canals of children and of narrow skull bases are as much as a third narrower than that of the reference head: by its
width, bone of their walls would lie within the lumen. Elsewhere the width of the reference is kept: dense calcium hides
the siphon's lumen, and what the network sees of it there would be too narrow.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from icac.anatomy import Course

#: Bouthillier's number of the last segment that runs in bone, the lacerum one.
LAST_IN_CANAL = 3

#: Least and greatest width relative to the reference that is believed.
_NARROWEST, _WIDEST = 0.7, 1.2

#: Stations at the lower end that do not count: the artery goes on below, out of the network's sight.
_END_STATIONS = 3

#: Over how many mm after the canal the width becomes that of the reference again.
_FLARE_MM = 4.0


def with_measured_canal(course: Course, found_mm3: np.ndarray) -> Course:
    """Return a fitted course whose lumen is as wide in the bony canal as what was seen of it.

    Parameters
    ----------
    course : Course
        With the lumen of the reference head.
    found_mm3 : numpy.ndarray
        (stations,) volume of the artery seen at each station, these evenly spaced on the course.

    """
    place = np.linspace(0.0, course.arc_length_mm[-1], len(found_mm3))
    segment = course.segment[np.abs(course.arc_length_mm[None] - place[:, None]).argmin(axis=1)]
    counted = (segment <= LAST_IN_CANAL) & (np.arange(len(place)) >= _END_STATIONS)
    if not counted.any():
        return course
    expected = np.pi * np.interp(place, course.arc_length_mm, course.radius_mm) ** 2 * place[1]
    scale = np.clip(np.sqrt(found_mm3[counted].sum() / expected[counted].sum()), _NARROWEST, _WIDEST)
    end = course.arc_length_mm[course.segment <= LAST_IN_CANAL][-1]
    flare = np.clip((course.arc_length_mm - end) / _FLARE_MM, 0.0, 1.0)
    return replace(course, radius_mm=course.radius_mm * (scale + (1.0 - scale) * flare))
