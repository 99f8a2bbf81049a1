"""What the second look adds to the log-odds of the first, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from icac.anatomy import Side
from icac.anatomy.straight import Straight, straightened
from icac.course import CourseFit
from icac.geometry import Frame
from icac.second_look.complete import completed
from icac.second_look.views import log_odds, shown

#: Runs the network: from float32 (channels, ...) to log-odds (...).
Run = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Corrections:
    """Log-odds along both carotids drawn out straight.

    Attributes
    ----------
    straight : mapping of Side to Straight
    added : mapping of Side to numpy.ndarray
        float32, of the shape of :data:`icac.second_look.views.SHAPE`.

    """

    straight: Mapping[Side, Straight]
    added: Mapping[Side, np.ndarray]

    def transformed(self, matrix: np.ndarray) -> Corrections:
        """Move by a 4 x 4 rigid LPS-to-LPS map."""
        return Corrections({side: one.transformed(matrix) for side, one in self.straight.items()}, self.added)

    def applied(self, probability: np.ndarray, where: np.ndarray, points: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Return probabilities (n,) of ICAC, with what the second look adds where it completes a lesion.

        Parameters
        ----------
        probability : numpy.ndarray
            (n,) of the first look.
        where : numpy.ndarray of bool
            (z, y, x) the n voxels.
        points : numpy.ndarray
            (n, 3) LPS mm.
        side : numpy.ndarray
            (n,) which side each belongs to: index in the order of ``straight``.

        """
        return completed(probability, self.added_to(probability, points, side), where)

    def added_to(self, probability: np.ndarray, points: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Return what the second look makes of probabilities (n,) by itself; see :meth:`applied`."""
        logit = log_odds(probability)
        for number, (name, straight) in enumerate(self.straight.items()):
            mine = side == number
            places = straight.places(points[mine])
            logit[mine] += ndimage.map_coordinates(self.added[name], places.T, order=1, mode="nearest")
        return 1 / (1 + np.exp(-logit))


def second_look(run: Run | None, hu: np.ndarray, outputs: np.ndarray, frame: Frame
                ) -> Callable[[Mapping[Side, CourseFit]], Corrections] | None:
    """Return what sees both carotids again once their courses are found; None without a network for it.

    Parameters
    ----------
    run : callable or None
        Runs the network: :attr:`icac.inference.Engine.second_look`.
    hu : numpy.ndarray
        (z, y, x) on ``frame``.
    outputs : numpy.ndarray
        Of the first network: probabilities of ICAC and of the inside of a carotid, (2, z, y, x), 0 where they were not
        computed.
    frame : Frame

    """
    if run is None:
        return None

    def look(fits: Mapping[Side, CourseFit]) -> Corrections:
        straight = {side: straightened(fit.course) for side, fit in fits.items()}
        seen = shown(straight, hu, outputs, frame)
        return Corrections(straight, {side: run(channels) for side, channels in seen.items()})

    return look
