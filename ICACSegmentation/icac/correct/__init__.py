"""Corrections of a segmentation by hand: each proposes a :class:`Patch` that can be previewed, applied and undone.

All work in a small block around the lesion, and so answer at once however large the scan is.
"""

from icac.correct.add import add_missed
from icac.correct.patch import Patch
from icac.correct.separate import Separation, separate_bone
from icac.correct.split import Split, split_lesion
from icac.correct.trim import trim, trim_bone

__all__ = ["Patch", "Separation", "Split", "add_missed", "separate_bone", "split_lesion", "trim", "trim_bone"]
