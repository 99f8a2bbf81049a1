"""Does a result look like ICAC at all? If not, that is the first thing that must be said of it."""

from __future__ import annotations

from collections.abc import Sequence

from icac.lesions.lesion import Lesion

#: More lesions than this, more specks (of less than ``SPECK_MM3``) and more volume than this are doubted. A
#: choice, not fitted to data.
MOST_LESIONS, MOST_SPECKS, MOST_MM3 = 40, 25, 3000.0

#: Volume of a speck, mm3.
SPECK_MM3 = 2.0

#: Distance from the carotid centreline that no wall has, mm, and share of the volume that lies farther.
FAR_MM, FAR_SHARE, LEAST_MM3 = 9.0, 0.5, 20.0


def implausible(lesions: Sequence[Lesion]) -> str:
    """Return one sentence that says why a result cannot be trusted, or nothing."""
    found = [text for text in (_many(lesions), _specks(lesions), _far(lesions), _much(lesions)) if text]
    if not found:
        return ""
    return f"This result is implausible: {' and '.join(found)}. Do not use its volume unless each lesion was checked."


def _many(lesions: Sequence[Lesion]) -> str:
    return f"{len(lesions)} lesions were found, more than people have" if len(lesions) > MOST_LESIONS else ""


def _specks(lesions: Sequence[Lesion]) -> str:
    specks = sum(lesion.volume_mm3 < SPECK_MM3 for lesion in lesions)
    return f"{specks} lesions are specks of less than {SPECK_MM3:g} mm3, as noise makes" if specks > MOST_SPECKS else ""


def _far(lesions: Sequence[Lesion]) -> str:
    total = sum(lesion.volume_mm3 for lesion in lesions)
    far = sum(lesion.volume_mm3 for lesion in lesions if lesion.course_distance_mm > FAR_MM)
    if total < LEAST_MM3 or far < FAR_SHARE * total:
        return ""
    return f"{far / total:.0%} of its volume lies more than {FAR_MM:g} mm from where the carotids are expected"


def _much(lesions: Sequence[Lesion]) -> str:
    total = sum(lesion.volume_mm3 for lesion in lesions)
    return f"{total:.0f} mm3 are more than people have" if total > MOST_MM3 else ""
