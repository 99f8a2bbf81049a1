"""Names of the sides and of the intracranial segments of the internal carotid artery.

Segments after Bouthillier et al. 1996. ICAC is measured from the petrous part to the circle of Willis, C2 to C7
(Bortsova et al. 2017, section 2).
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Side(str, Enum):
    """Side of the patient (not of the screen)."""

    RIGHT = "right"
    LEFT = "left"

    @property
    def sign_x_lps(self) -> int:
        """Sign of the LPS x coordinate on this side of the midline: +x is the patient's left."""
        return 1 if self is Side.LEFT else -1


class Segment(IntEnum):
    """Segment of the internal carotid artery; the value is Bouthillier's number."""

    C2 = 2
    C3 = 3
    C4 = 4
    C5 = 5
    C6 = 6
    C7 = 7

    @property
    def title(self) -> str:
        """Anatomical name of the segment."""
        return _TITLES[self]


_TITLES = {
    Segment.C2: "petrous",
    Segment.C3: "lacerum",
    Segment.C4: "cavernous",
    Segment.C5: "clinoid",
    Segment.C6: "ophthalmic",
    Segment.C7: "communicating",
}

#: All segments in the direction of blood flow.
SEGMENTS = tuple(Segment)
