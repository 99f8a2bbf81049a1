"""Mean teacher: the network of the averaged weights teaches what it says of cases of which nothing was drawn.

Tarvainen and Valpola 2017, arXiv 1703.01780. The teacher is the moving average of the weights that training keeps, and
that is released; it is never taught itself. The network is to say of one view of a patch what the teacher says of
another.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from icac.network.interface.network import Network
from icac.training.optimization.ema import WeightAverage
from icac.training.optimization.overlap import where
from icac.training.settings.config import Unlabelled


def consistency_loss(logits: Tensor, taught: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared difference of probabilities over ``mask``; 0 where it is empty.

    Parameters
    ----------
    logits, taught, mask : Tensor
        Same shape; of the network, of its teacher, which takes no gradient, and the voxels that count.

    """
    difference = torch.sigmoid(where(mask, logits)) - torch.sigmoid(where(mask, taught.detach()))
    return difference.square().sum() / max(difference.numel(), 1)


def consistency_weight(settings: Unlabelled, share: float) -> float:
    """Return the weight of the consistency when ``share`` of the run is done.

    It climbs as exp(-5 (1 - t)^2), t from 0 to 1 over the ramp (Laine and Aila 2017, arXiv 1610.02242): a teacher that
    knows nothing yet must not teach.
    """
    t = min(share / settings.ramp_share, 1.0) if settings.ramp_share else 1.0
    return settings.weight * math.exp(-5 * (1 - t) ** 2)


class MeanTeacher:
    """The network of the averaged weights.

    Parameters
    ----------
    network : Network
        A network of the same kind, on the same device; its weights become those of the average, and stay so.
    average : WeightAverage
    padded : bool
        It pads as the network that it teaches.
    shift : int
        See :func:`icac.training.patches.two_views.shift_of_mirrored`.

    """

    def __init__(self, network: Network, average: WeightAverage, padded: bool, shift: int) -> None:
        # The tensors themselves, so that every update of the average is one of the teacher.
        network.load_state_dict(average.values, assign=True)
        self.network = network.pad(padded).eval().requires_grad_(False)
        self._shift = shift

    @torch.no_grad()
    def __call__(self, views: Tensor, mirrored: Tensor) -> Tensor:
        """Return the logits of ICAC, (n, 1, z, y, x), of views (n, c, z, y, x), those that are mirrored put back.

        What lies beyond the views comes round from the other side; such voxels do not count.
        """
        logits = self.network(views)[:, :1]
        back = torch.roll(logits.flip(-1), self._shift, dims=-1)
        return torch.where(mirrored.view(-1, 1, 1, 1, 1), back, logits)
