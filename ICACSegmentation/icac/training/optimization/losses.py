"""Losses over the voxels that can be calcium: cross-entropy, soft Dice, and both with deep supervision."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def masked_cross_entropy(logits: Tensor, target: Tensor, mask: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Return the binary cross-entropy averaged over ``mask``.

    The average is weighted: ICAC voxels count ``positive_weight`` times, in the sum and in the number of voxels, so
    that the size of the gradient does not grow with the weight. Bortsova et al. 2017, section 3, sum over the voxels
    above 130 HU; a learning rate of 0.1 is stable only with the average.

    Parameters
    ----------
    logits, target, mask : Tensor
        Same shape; ``target`` and ``mask`` are 0 or 1 (any dtype).
    positive_weight : float

    Returns
    -------
    Tensor
        Scalar; 0 where the mask is empty.

    """
    logits, target = _where(mask, logits), _where(mask, target).to(torch.float32)
    weight = 1 + (positive_weight - 1) * target
    loss = F.binary_cross_entropy_with_logits(logits, target, weight=weight, reduction="sum")
    return loss / weight.sum().clamp_min(1.0)


def soft_dice_loss(logits: Tensor, target: Tensor, mask: Tensor, epsilon: float) -> Tensor:
    """Return 1 - soft Dice of each patch over ``mask``, averaged over the patches.

    ``(2 sum(y p) + eps) / (sum(y) + sum(p) + eps)`` with the sums over one patch (Phi = I of Bertels et al. 2022).
    With ``epsilon`` near the mean number of ICAC voxels of a patch, patches without ICAC still teach; with a tiny
    ``epsilon`` their gradient vanishes.

    Parameters
    ----------
    logits, target, mask : Tensor
        Shape (batch, ...); ``target`` and ``mask`` are 0 or 1.
    epsilon : float
        Smoothing in voxels.

    """
    return torch.stack([1 - _soft_dice(torch.sigmoid(_where(counts, patch)), _where(counts, truth), epsilon)
                        for patch, truth, counts in zip(logits, target, mask, strict=True)]).mean()


def _soft_dice(probability: Tensor, truth: Tensor, epsilon: float) -> Tensor:
    overlap = (probability * truth).sum()
    return (2 * overlap + epsilon) / (truth.sum() + probability.sum() + epsilon)


def _where(mask: Tensor, values: Tensor) -> Tensor:
    """Return the values that count, in a row; of a hundred voxels of a patch it is one or two."""
    chosen = torch.masked_select(values, mask.bool())
    return chosen.float() if chosen.is_floating_point() else chosen


class SegmentationLoss:
    """Weighted sum of cross-entropy and soft Dice of the output, plus the same of the auxiliary heads.

    Parameters
    ----------
    cross_entropy, dice : float
        Weights of the two.
    dice_epsilon : float
        Smoothing of soft Dice in voxels.

    """

    def __init__(self, cross_entropy: float, dice: float, dice_epsilon: float) -> None:
        self.cross_entropy = cross_entropy
        self.dice = dice
        self.dice_epsilon = dice_epsilon

    def of_artery(self, logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """Return the loss for finding the inside of the arteries; tensors as in `__call__`."""
        return self._of_head(logits, target, mask, 1.0)

    def __call__(self, logits: Tensor, auxiliary: Sequence[Tensor], target: Tensor, mask: Tensor, *,
                 positive_weight: float = 1.0, auxiliary_weight: float = 0.0) -> Tensor:
        """Return the loss of the output and ``auxiliary_weight`` times the *mean* loss of the auxiliary heads.

        All tensors have the shape of ``logits``, (batch, 1, z, y, x).
        """
        loss = self._of_head(logits, target, mask, positive_weight)
        if auxiliary and auxiliary_weight > 0:
            heads = [self._of_head(head, target, mask, positive_weight) for head in auxiliary]
            loss = loss + auxiliary_weight * torch.stack(heads).mean()
        return loss

    def _of_head(self, logits: Tensor, target: Tensor, mask: Tensor, positive_weight: float) -> Tensor:
        loss = self.cross_entropy * masked_cross_entropy(logits, target, mask, positive_weight)
        if self.dice:
            loss = loss + self.dice * soft_dice_loss(logits, target, mask, self.dice_epsilon)
        return loss
