"""Losses over the voxels that count: cross-entropy, focal, those of overlap, their sum, and deep supervision."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from icac.training.optimization.overlap import dice, jaccard, lovasz_loss, overlap_loss, tversky, where
from icac.training.settings.config import Loss


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
    return focal_loss(logits, target, mask, 0.0, positive_weight)


def focal_loss(logits: Tensor, target: Tensor, mask: Tensor, gamma: float, positive_weight: float = 1.0) -> Tensor:
    """Return the cross-entropy in which each voxel counts by ``(1 - p) ** gamma``, p the probability of what is true.

    Lin et al. 2017, arXiv 1708.02002. It is averaged as :func:`masked_cross_entropy`, which it is for ``gamma`` 0;
    other parameters are of that function.
    """
    logits, target = where(mask, logits), where(mask, target).to(torch.float32)
    weight = 1 + (positive_weight - 1) * target
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    if gamma:
        loss = loss * torch.sigmoid((1 - 2 * target) * logits) ** gamma
    return (weight * loss).sum() / weight.sum().clamp_min(1.0)


class SegmentationLoss:
    """Weighted sum of losses of the output, plus the same of the auxiliary heads.

    Parameters
    ----------
    settings : Loss
        Which losses, and their weights.
    epsilon : float
        Smoothing of the ratios of overlap in voxels.

    """

    def __init__(self, settings: Loss, epsilon: float) -> None:
        self.settings = settings
        self.epsilon = epsilon
        index = tversky(settings.tversky_false, settings.tversky_missed)
        self._likenesses = [(weight, likeness) for weight, likeness in (
            (settings.dice, dice), (settings.jaccard, jaccard), (settings.tversky, index)) if weight]

    def of_artery(self, logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """Return the loss for finding the inside of the arteries; tensors as in `__call__`."""
        return self._of_head(logits, target, mask, 1.0)

    def __call__(self, logits: Tensor, auxiliary: Sequence[Tensor], target: Tensor, mask: Tensor, *,
                 positive_weight: float = 1.0, auxiliary_weight: float = 0.0) -> Tensor:
        """Return the loss of the output and ``auxiliary_weight`` times the *mean* loss of the auxiliary heads.

        All tensors have the shape of ``logits``, (batch, 1, z, y, x).
        """
        weight = positive_weight * self.settings.positive_weight
        loss = self._of_head(logits, target, mask, weight)
        if auxiliary and auxiliary_weight > 0:
            heads = [self._of_head(head, target, mask, weight) for head in auxiliary]
            loss = loss + auxiliary_weight * torch.stack(heads).mean()
        return loss

    def _of_head(self, logits: Tensor, target: Tensor, mask: Tensor, positive_weight: float) -> Tensor:
        wanted = self.settings
        loss = wanted.cross_entropy * masked_cross_entropy(logits, target, mask, positive_weight)
        if wanted.focal:
            loss = loss + wanted.focal * focal_loss(logits, target, mask, wanted.focal_gamma, positive_weight)
        for weight, likeness in self._likenesses:
            loss = loss + weight * overlap_loss(likeness, logits, target, mask, self.epsilon, wanted.reduce)
        if wanted.lovasz:
            loss = loss + wanted.lovasz * lovasz_loss(logits, target, mask, wanted.reduce)
        return loss
