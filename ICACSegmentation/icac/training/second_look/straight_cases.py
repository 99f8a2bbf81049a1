"""Cases as the second look is shown them: each carotid drawn out straight, and the dense voxels around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from icac.anatomy.straight import straightened
from icac.inference import Engine
from icac.models import ModelPackage
from icac.second_look.views import log_odds, shown
from icac.training.calibration.held_out import first_look
from icac.trainingset.cases import read_case

#: Voxels of ICAC that are a speck, or less.
_SOME = 20


@dataclass(frozen=True, eq=False)
class StraightCase:
    """One carotid of one case; n dense voxels of the network's grid that can belong to it.

    Attributes
    ----------
    shown : numpy.ndarray
        float16 (channels, section, outward, right angle): what the second look is shown.
    places : numpy.ndarray
        (n, 3) float32: where the voxels lie in it, :meth:`icac.anatomy.straight.Straight.places`.
    first : numpy.ndarray
        (n,) float32: log-odds of ICAC of the first look.
    icac : numpy.ndarray
        (n,) bool: whether they are ICAC.

    """

    shown: np.ndarray
    places: np.ndarray
    first: np.ndarray
    icac: np.ndarray

    @cached_property
    def has_some(self) -> bool:
        """Whether there is more than a speck of ICAC."""
        return bool(np.count_nonzero(self.icac) > _SOME)


def straight_cases(path: Path, package: ModelPackage, engine: Engine) -> Iterator[StraightCase]:
    """Yield both carotids of a case as the first network finds them; none if it does not find them.

    Parameters
    ----------
    path : Path
        Of the case on the network's grid.
    package : ModelPackage
        Of the first network.
    engine : Engine
        That runs it, and no second look.

    """
    looked, found = first_look(read_case(path), package, engine, known=True)
    if not all(fit.fitted for fit in found.courses.values()):
        return
    straight = {side: straightened(fit.course) for side, fit in found.courses.items()}
    points = looked.frame.to_lps(np.argwhere(found.dense)[:, ::-1])
    probability, icac = found.probability[found.dense], looked.label[found.dense] == 1
    for number, (side, seen) in enumerate(shown(straight, looked.hu, looked.outputs, looked.frame).items()):
        mine = found.nearer == number
        yield StraightCase(seen.astype(np.float16), straight[side].places(points[mine]).astype(np.float32),
                           log_odds(probability[mine]), icac[mine])
