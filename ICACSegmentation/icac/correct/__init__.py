"""Corrections of a segmentation by hand: each proposes a :class:`Patch` that can be previewed, applied and undone."""

from icac.correct.patch import Patch
from icac.correct.remove import remove_lesion

__all__ = ["Patch", "remove_lesion"]
