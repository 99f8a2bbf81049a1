"""The reference head: the mean parametric head as an image for registration, and its carotid courses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from icac.anatomy import Course, Side
from icac.geometry import Frame, Volume
from icac.phantom import mean_head

#: Frame of the reference image: the whole head and the upper neck at 2 mm, reference space (LPS mm).
IMAGE_FRAME = Frame.regular((2.0, 2.0, 2.0), (90, 112, 122), center=(0.0, 14.0, 8.0))


@dataclass(frozen=True, eq=False)
class ReferenceHead:
    """What scans are registered to.

    Attributes
    ----------
    volume : Volume
        The head in HU on :data:`IMAGE_FRAME`.
    courses : dict of Side to Course
        Both internal carotid arteries, LPS mm in reference space.

    """

    volume: Volume
    courses: dict[Side, Course]


@lru_cache(maxsize=1)
def load_reference() -> ReferenceHead:
    """Return the reference head; it is computed (about half a second) when first asked for."""
    head = mean_head()
    return ReferenceHead(Volume(head.render(IMAGE_FRAME).hu, IMAGE_FRAME), head.courses)
