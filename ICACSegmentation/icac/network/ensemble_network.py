"""An ensemble in torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from icac.network.ensemble import Ensemble, Margins
from icac.network.interface.network import Network, is_traced
from icac.three import three


class EnsembleNetwork(Network):
    """The networks of an :class:`Ensemble`, which it runs one after the other."""

    config: Ensemble

    def __init__(self, config: Ensemble, networks: Iterable[Network]) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(networks)

    def forward(self, x: Tensor, auxiliary: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Compute logits of the mean probabilities; see :meth:`Network.forward`. There are no auxiliary ones."""
        found = list(self._answers(self._whole_cells(x)))
        means = [mean_logit([answer[:, n:n + 1] for answer in found if answer.shape[1] > n])
                 for n in range(self.config.outputs)]
        logits = torch.cat(means, dim=1)
        return (logits, []) if auxiliary else logits

    def start_at(self, prior: float) -> None:
        """Make the untrained probability of every member ``prior`` on average."""
        for network in self.networks():
            network.start_at(prior)

    def networks(self) -> list[Network]:
        """Return the networks of the members."""
        return [cast(Network, member) for member in self.members]  # torch only knows that they are modules

    def _answers(self, x: Tensor) -> Iterator[Tensor]:
        for network, member in zip(self.networks(), self.config.members, strict=True):
            for margins, mirrored in self.config.views(member):
                part = self._needed(x[:, :member.inputs], margins)
                yield network(part.flip(-1)).flip(-1) if mirrored else network(part)

    def _needed(self, x: Tensor, margins: Margins) -> Tensor:
        """Return the part of ``x`` with no more context than given."""
        geometry = self.config.geometry
        z, y, w = (slice(most_before - before, after - most_after or None) for most_before, most_after, before, after
                   in zip(geometry.offset, geometry.after, *margins, strict=True))
        return x[..., z, y, w]

    def _whole_cells(self, x: Tensor) -> Tensor:
        if is_traced():  # engines give whole cells
            return x
        geometry = self.config.geometry
        z, y, w = (slice(before + n + after) for before, n, after
                   in zip(geometry.offset, geometry.output_shape(three(x.shape[2:])), geometry.after, strict=True))
        return x[..., z, y, w]


def mean_logit(logits: Sequence[Tensor]) -> Tensor:
    """Return the logit of the mean of probabilities that are given by their logits; exact also close to 0 and 1."""
    stacked = torch.stack(list(logits))
    return (torch.logsumexp(functional.logsigmoid(stacked), 0) - torch.logsumexp(functional.logsigmoid(-stacked), 0))
