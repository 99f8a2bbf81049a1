"""A head: its parameters, its carotid courses, and its CT numbers on any frame."""

from __future__ import annotations

import numpy as np

from icac.geometry import Frame
from icac.phantom.description.parameters import HeadParameters, draw
from icac.phantom.head_shape import HeadShape
from icac.phantom.rendering import Rendered, Rendering


class Head(HeadShape):
    """One parametric head."""

    def render(self, frame: Frame) -> Rendered:
        """Return CT numbers and bone share on ``frame`` (LPS mm; the head is at rest, its sella at the origin)."""
        return Rendering(self, frame).result()


def mean_head() -> Head:
    """Return the mean head, the basis of the reference."""
    return Head(HeadParameters())


def sample_head(rng: np.random.Generator, young: bool = False) -> Head:
    """Draw a random head: of an adult, or of a child or adolescent (``young``)."""
    return Head(draw(rng, young))
