"""What the simulation asks of a head: its carotids, its landmarks and its CT numbers on any frame."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from icac.anatomy import Course, Side
from icac.geometry import Frame
from icac.phantom import Rendered


class Anatomy(Protocol):
    """A head without ICAC in sella-centred LPS mm; :class:`icac.phantom.Head` is one."""

    @property
    def courses(self) -> dict[Side, Course]:
        """Carotids of both sides."""

    def landmark(self, ras: tuple[float, float, float]) -> np.ndarray:
        """Return where a point of the mean head (RAS mm) lies in this head, LPS mm, shape (3,)."""

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and the share of bone on ``frame``."""
