"""Whether the voxels of a stack are of one scan and one reconstruction in order, whatever its header says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from icac.ct.series.continuity import interleaved_stacks, misplaced_slices
from icac.ct.series.levels import Shifted, shifted_parts
from icac.ct.series.texture import alternation
from icac.errors import InputError

#: So many slices at either end of an image are mixed with what lies outside, where it was resampled.
_AT_AN_END = 2


def refuse_mixture(hu: np.ndarray, name: str) -> tuple[str, ...]:
    """Refuse slices that alternate between two scans or two reconstructions.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), in their order, evenly spaced but for few.
    name : str
        What they are, for messages: ``"scan.nii"`` or ``"the series in folder"``.

    Returns
    -------
    tuple of str
        Sentences on what may be a mixture.

    Raises
    ------
    InputError
        They surely are two.

    """
    count = interleaved_stacks(hu)
    if count > 1:
        raise InputError(f"The slices of {name} alternate between {count} acquisitions: the head moved between them, "
                         "or they are of different people; export one of them alone.")
    found = alternation(hu)
    if found and found.is_clear:
        raise InputError(f"The slices of {name} alternate between two reconstructions (soft and sharp, or thin and "
                         f"thick ones): {found.text}; export one of them alone.")
    return (f"The slices of {name} may be of two reconstructions, or were resampled: {found.text}; export the original "
            "series, and one reconstruction alone, to be sure of the volumes.",) if found else ()


def odd_slices(hu: np.ndarray, name: str) -> tuple[str, ...]:
    """Refuse an image of which a part has another zero or scale, and return sentences on single odd slices.

    Parameters
    ----------
    hu, name
        As of :func:`refuse_mixture`.

    Raises
    ------
    InputError
        Several slices in a row, but for those at the ends, are shifted.

    """
    exchanged, foreign = misplaced_slices(hu)
    kinds = ((exchanged, "have changed places"), (foreign, "show something else than those beside them"))
    told = [f"Slices of {name} seem to {what} (such as number {min(found) + 1} of {len(hu)} from below); check the "
            "scan, and convert or export it again." for found, what in kinds if found]
    shifted = [part for part in shifted_parts(hu) if part.first != part.last or part.first not in foreign]
    _refuse_long(shifted, len(hu), name)
    told += [f"Slice number {n + 1} of {len(hu)} from below of {name} {part.text}; what is measured there is wrong."
             for part in shifted for n in part.slices]
    return tuple(told)


def _refuse_long(shifted: Sequence[Shifted], count: int, name: str) -> None:
    for part in shifted:
        at_an_end = part.last < _AT_AN_END or part.first >= count - _AT_AN_END
        if part.first != part.last and not at_an_end:
            raise InputError(f"The values of {name} jump: each of its slices from number {part.first + 1} to "
                             f"{part.last + 1} of {count} from below {part.text}; convert the original series again.")
