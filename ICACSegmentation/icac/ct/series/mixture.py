"""Whether the voxels of a stack are of one scan and one reconstruction in order, whatever its header says."""

from __future__ import annotations

import numpy as np

from icac.ct.series.continuity import interleaved_stacks, misplaced_slices
from icac.ct.series.texture import alternation
from icac.errors import InputError


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
    """Return sentences on slices that seem not to be of their place, of a stack as of :func:`refuse_mixture`."""
    exchanged, foreign = misplaced_slices(hu)
    kinds = ((exchanged, "have changed places"), (foreign, "show something else than those beside them"))
    return tuple(f"Slices of {name} seem to {what} (such as number {min(found) + 1} of {len(hu)} from below); check "
                 "the scan, and convert or export it again." for found, what in kinds if found)
