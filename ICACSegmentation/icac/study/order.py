"""Whether results lie in the same order as published ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy.stats import kendalltau


@dataclass(frozen=True)
class OrderAgreement:
    """Two orders of the same things.

    Attributes
    ----------
    ours, published : tuple of int
        Positions of the things, from the lowest value to the highest.
    same_pairs, pairs : int
        Pairs that lie the same way round in both, of all pairs.
    tau : float
        Kendall's tau-b.

    """

    ours: tuple[int, ...]
    published: tuple[int, ...]
    same_pairs: int
    pairs: int
    tau: float

    @property
    def agrees(self) -> bool:
        """Every pair lies the same way round."""
        return self.same_pairs == self.pairs


def compare_orders(ours: Sequence[float], published: Sequence[float]) -> OrderAgreement:
    """Compare the order of values (n,) with that of published ones (n,); ties agree with nothing but ties."""
    pairs = list(combinations(range(len(ours)), 2))
    same = sum(_sign(ours[i] - ours[j]) == _sign(published[i] - published[j]) for i, j in pairs)
    return OrderAgreement(_ranked(ours), _ranked(published), same, len(pairs),
                          float(kendalltau(ours, published).statistic))


def _ranked(values: Sequence[float]) -> tuple[int, ...]:
    return tuple(sorted(range(len(values)), key=lambda i: values[i]))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
