"""The shape of a head: how it differs from the model that describes bones and vessels, and its carotid courses."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from icac.anatomy import Course, Side
from icac.geometry import lps_to_ras
from icac.phantom.artery.carotid import centerline
from icac.phantom.description.parameters import HeadParameters
from icac.phantom.fields import RandomField


class HeadShape:
    """The scaled and warped model of one head, with the random fields of its tissues.

    Parameters
    ----------
    parameters : HeadParameters

    """

    def __init__(self, parameters: HeadParameters) -> None:
        self.parameters = parameters
        seed = parameters.seed
        self.warp = [RandomField(seed + 100 + axis, 16.0, 1.2, 32) for axis in range(3)]
        self.rough = RandomField(seed + 200, 2.2, 1.0)
        self.trabeculae = RandomField(seed + 300, 0.7, 0.8, 96)
        self.marrow = RandomField(seed + 400, 6.0, 1.2, 48)
        self.cells = RandomField(seed + 500, 1.9, 0.9)
        self.tissue = RandomField(seed + 600, 3.0, 1.2)
        self.wide = RandomField(seed + 700, 9.0, 1.2, 48)

    def to_model(self, ras: np.ndarray) -> np.ndarray:
        """Map head positions (n, 3) RAS mm to the unwarped model."""
        model = ras / np.asarray(self.parameters.scale)
        if self.parameters.warp_mm == 0:
            return model
        shift = np.stack([field.at(*model.T.astype(np.float32)) for field in self.warp], axis=-1)
        return model + self.parameters.warp_mm * shift

    def _from_model(self, model: np.ndarray) -> np.ndarray:
        """Invert :meth:`to_model` by fixed-point iteration (the warp is smooth and small)."""
        scale = np.asarray(self.parameters.scale)
        ras = model * scale
        for _ in range(12):
            ras = ras + (model - self.to_model(ras)) * scale
        return ras

    @cached_property
    def model_courses(self) -> dict[Side, Course]:
        """Courses before warping, RAS mm."""
        return {side: centerline(self.parameters, side) for side in Side}

    @cached_property
    def courses(self) -> dict[Side, Course]:
        """Courses of both internal carotid arteries, LPS mm, origin in the centre of the (unwarped) sella."""
        return {side: Course(side, lps_to_ras(self._from_model(course.points)), course.radius_mm, course.segment)
                for side, course in self.model_courses.items()}

    def landmark(self, ras: tuple[float, float, float]) -> np.ndarray:
        """Return where a point of the mean head (RAS mm, as in the tables) lies in this head, LPS mm."""
        return lps_to_ras(self._from_model(np.array([ras], dtype=float)))[0]
