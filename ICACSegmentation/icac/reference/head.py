"""The reference head: the mean parametric head as an image for registration, and its carotid courses.

Rendering it takes a second and a half and half of the imports of a run, so it is kept in a file, which
``python -m icac.reference.make`` writes anew after a change of the phantom.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from icac.anatomy import Course, Side
from icac.anatomy.arrays import courses_from
from icac.geometry import Frame, Volume

#: Frame of the reference image: the whole head and the upper neck at 2 mm, reference space (LPS mm).
IMAGE_FRAME = Frame.regular((2.0, 2.0, 2.0), (90, 112, 122), center=(0.0, 14.0, 8.0))

#: What is read: ``hu``, int16 (z, y, x) on :data:`IMAGE_FRAME`, and the courses (:mod:`icac.anatomy.arrays`).
FILE = Path(__file__).with_name("head.npz")


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
    """Return the reference head."""
    with np.load(FILE) as stored:
        return ReferenceHead(Volume(stored["hu"].astype(np.float32), IMAGE_FRAME), courses_from(stored))


@lru_cache(maxsize=1)
def reference_sha256() -> str:
    """Return the SHA-256 of the reference head: of the values in its file, by their names, however it is packed."""
    digest = hashlib.sha256()
    with np.load(FILE) as stored:
        for name in sorted(stored.files):
            array = np.ascontiguousarray(stored[name])
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()
