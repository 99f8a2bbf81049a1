"""A wider network that computes what a narrower trained one does, to train on from (after Net2Net, arXiv 1511.05641).

The features of the narrower network are the first of each layer and hear nothing of the new ones, whose own weights
stay as they were drawn. So the wider network begins with the same output, and learns with all of its features from the
first step on: only the weights by which the old features take the new ones begin at zero. (Net2Net copies features and
needs noise to tell the copies apart; drawn ones differ already.)
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import torch
from torch import Tensor

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.layout import POOLED, Merge, Pyramid, layout


@torch.no_grad()
def widen(narrow: FcnChoices, given: Mapping[str, Tensor], wide: FcnChoices, taken: Mapping[str, Tensor]) -> None:
    """Give the weights of a network to one that is as wide or wider, which then computes the same.

    Parameters
    ----------
    narrow, wide : FcnChoices
        The networks: the same but for their width and the output of the carotids, which stays as it was drawn where the
        narrower network lacks it.
    given, taken : mapping of str to torch.Tensor
        Their ``state_dict``; that of the wider one is written into.

    Raises
    ------
    ValueError
        If the network that takes the weights is narrower.

    """
    if wide.width < narrow.width:
        raise ValueError(f"a wider network ({narrow.width} features; at most {wide.width} can be taken)")
    joined = _places_of_joined(narrow, wide)
    for name, value in taken.items():
        _put(given[name], value, joined.get(name.rsplit(".", 2)[0]))


def _places_of_joined(narrow: FcnChoices, wide: FcnChoices) -> dict[str, Tensor]:
    """Return, for layers whose input joins several feature maps, where the inputs of the narrower network are."""
    places = {}
    for old, new in zip(layout(narrow), layout(wide), strict=True):
        if isinstance(old, Merge | Pyramid) and isinstance(new, Merge | Pyramid):
            starts = accumulate(_features(new), initial=0)
            places[f"stages.{old.name}.mix"] = torch.cat(
                [torch.arange(start, start + count) for start, count in zip(starts, _features(old), strict=False)])
    return places


def _features(stage: Merge | Pyramid) -> tuple[int, ...]:
    """Return how many features each of the joined maps has."""
    conv = stage.convolution
    if isinstance(stage, Pyramid):
        return (conv.outputs,) * (1 + len(POOLED))
    return conv.inputs - conv.outputs, conv.outputs


def _put(given: Tensor, taken: Tensor, inputs: Tensor | None) -> None:
    """Copy the weights of a layer to the first outputs and to the ``inputs``, or the first ones, of the wider layer."""
    if given.ndim == 0:
        taken.copy_(given)
    elif given.ndim == 1:
        shared = min(len(given), len(taken))
        taken[slice(shared) if inputs is None or len(inputs) != len(given) else inputs] = given[:shared]
    else:
        shared = min(len(given), len(taken))
        taken[:shared] = 0
        taken[:shared, slice(given.shape[1]) if inputs is None else inputs] = given[:shared]
