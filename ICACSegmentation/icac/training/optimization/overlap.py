"""Losses of overlap: soft Dice, Jaccard, Tversky and Lovász, over each image of a batch or over all together.

The first three are ratios of sums over voxels. Over which subset of a batch the sums go (Phi of Tilborghs et al. 2022,
arXiv 2207.09521), and what is added to both sides of the ratio, decides what is learnt where the label is empty or
missing: with sums over an image and next to nothing added, an image without ICAC teaches nothing, which is right where
its label is missing; with sums over the batch, or about the mean volume added, it teaches that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

#: What is added to both sides of a ratio so that it is defined, and nothing else (Tilborghs et al. 2022).
NEGLIGIBLE = 1e-7


@dataclass(frozen=True)
class Sums:
    """Sums over voxels, scalars: of probability times truth, of probability, of truth."""

    both: Tensor
    probability: Tensor
    truth: Tensor


#: Maps sums and what is added to the likeness, 0 to 1.
Likeness = Callable[[Sums, float], Tensor]


def dice(sums: Sums, epsilon: float) -> Tensor:
    """Return soft Dice."""
    return (2 * sums.both + epsilon) / (sums.truth + sums.probability + epsilon)


def jaccard(sums: Sums, epsilon: float) -> Tensor:
    """Return the soft Jaccard index."""
    return (sums.both + epsilon) / (sums.truth + sums.probability - sums.both + epsilon)


def tversky(false: float, missed: float) -> Likeness:
    """Return the Tversky index with weights of what is false and missed; of a half each it is Dice."""
    def index(sums: Sums, epsilon: float) -> Tensor:
        wrong = false * (sums.probability - sums.both) + missed * (sums.truth - sums.both)
        return (sums.both + epsilon) / (sums.both + wrong + epsilon)

    return index


def overlap_loss(likeness: Likeness, logits: Tensor, target: Tensor, mask: Tensor, epsilon: float,
                 reduce: str = "image") -> Tensor:
    """Return 1 less a likeness, averaged over the subsets of a batch.

    Parameters
    ----------
    likeness : callable
        :func:`dice`, :func:`jaccard`, or what :func:`tversky` returns.
    logits, target, mask : Tensor
        Shape (batch, ...); ``target`` and ``mask`` are 0 or 1. Only what is in the mask counts.
    epsilon : float
        Added to both sides of the ratio, in voxels.
    reduce : {"image", "batch"}

    """
    found = [_sums(*part) for part in _counting(logits, target, mask)]
    if reduce == "batch":
        found = [Sums(*(torch.stack(values).sum() for values in (
            [one.both for one in found], [one.probability for one in found], [one.truth for one in found])))]
    return torch.stack([1 - likeness(sums, epsilon) for sums in found]).mean()


def lovasz_loss(logits: Tensor, target: Tensor, mask: Tensor, reduce: str = "image") -> Tensor:
    """Return the Lovász extension of the Jaccard loss of probabilities (Berman et al. 2018, arXiv 1705.08790).

    Parameters as of :func:`overlap_loss`. An image in which nothing counts is left out.
    """
    parts: Sequence[tuple[Tensor, Tensor]] = list(_counting(logits, target, mask))
    if reduce == "batch":
        joined, truths = zip(*parts, strict=True)
        parts = [(torch.cat(joined), torch.cat(truths))]
    found = [_lovasz(probability, truth) for probability, truth in parts if len(truth)]
    return torch.stack(found).mean() if found else logits.sum() * 0.0


def _lovasz(probability: Tensor, truth: Tensor) -> Tensor:
    errors, order = torch.sort((truth - probability).abs(), descending=True)
    hits = truth[order]
    missed = hits.sum() - hits.cumsum(0)
    jaccard_loss = 1 - missed / (hits.sum() + (1 - hits).cumsum(0))
    steps = torch.diff(jaccard_loss, prepend=jaccard_loss.new_zeros(1))
    return torch.dot(errors, steps)


def _counting(logits: Tensor, target: Tensor, mask: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield probability and truth of the voxels of each image that count, in a row."""
    for patch, truth, counts in zip(logits, target, mask, strict=True):
        yield torch.sigmoid(where(counts, patch)), where(counts, truth).float()


def _sums(probability: Tensor, truth: Tensor) -> Sums:
    return Sums((probability * truth).sum(), probability.sum(), truth.sum())


def where(mask: Tensor, values: Tensor) -> Tensor:
    """Return the values that count, in a row; of a hundred voxels of a patch it is one or two."""
    chosen = torch.masked_select(values, mask.bool())
    return chosen.float() if chosen.is_floating_point() else chosen
