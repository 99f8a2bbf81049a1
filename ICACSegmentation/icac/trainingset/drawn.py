"""Scans on which an observer drew one side only, or nothing: of the rest nothing is known, which is not that there is
no ICAC.
"""

from __future__ import annotations

import numpy as np

from icac.anatomy import Side
from icac.geometry import Frame

#: Words for scans on which nobody drew: nothing is known of them, or only what a model is sure of.
NOTHING, BY_MODEL = "none", "model"

#: What the column ``drawn`` of a manifest may say; both sides where it says nothing.
DRAWN = ("both", *(side.value for side in Side), NOTHING, BY_MODEL)

#: Value of a label where nothing is known: it takes no part in training, calibration or evaluation.
UNKNOWN = 255


def with_unknown(icac: np.ndarray, frame: Frame, drawn: str, reference_to_scan: np.ndarray) -> np.ndarray:
    """Return a label in which the side that was not drawn, or everything if nothing was, is :data:`UNKNOWN`.

    Parameters
    ----------
    icac : numpy.ndarray of bool
        (z, y, x).
    frame : Frame
        Of its voxels.
    drawn : str
        ``right`` or ``left`` if only that side was drawn, ``none`` if nothing was; with anything else both sides are
        known.
    reference_to_scan : numpy.ndarray
        4 x 4 map, reference LPS mm to LPS mm of the frame. The sides are those of the reference head, which is
        symmetric about x = 0.

    Returns
    -------
    numpy.ndarray of uint8
        1 where ICAC is.

    """
    label = icac.astype(np.uint8)
    if drawn == NOTHING:
        label[:] = UNKNOWN
    if drawn in [side.value for side in Side]:
        label[_lateral(frame, reference_to_scan) * Side(drawn).sign_x_lps < 0] = UNKNOWN
    return label


def _lateral(frame: Frame, reference_to_scan: np.ndarray) -> np.ndarray:
    """Return the reference's LPS x, mm, of every voxel (z, y, x)."""
    along_x, along_y, along_z, start = (np.linalg.inv(reference_to_scan) @ frame.affine)[0]
    x, y, z = (np.arange(n) for n in frame.size)
    return along_x * x + along_y * y[:, None] + along_z * z[:, None, None] + start
