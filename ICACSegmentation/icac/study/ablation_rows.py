"""The networks of the tables of Bortsova et al. 2017 (arXiv 1706.01148), and what was published of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PublishedRow:
    """Results on 1,000 scans of patients; None where the paper gives none.

    Attributes
    ----------
    pooled_dice, mean_dice : float
        "Absolute" Dice of all scans taken together, and mean Dice of a scan.
    sd : float or None
        Of Dice of a scan.
    quarters : tuple of float or None
        Mean Dice by quarter of true volume.
    p : str
        Of the paired t-test against the row before, as printed.

    """

    pooled_dice: float
    mean_dice: float
    sd: float | None = None
    quarters: tuple[float, float, float, float] | None = None
    p: str = ""


@dataclass(frozen=True)
class AblationRow:
    """One network.

    Attributes
    ----------
    key : str
        Name of its folder.
    words : str
        For tables.
    network : mapping
        Settings of `icac.network.FcnConfig` that make it.
    published : PublishedRow

    """

    key: str
    words: str
    network: Mapping[str, Any]
    published: PublishedRow


@dataclass(frozen=True)
class AblationTable:
    """One table: rows in the order printed.

    Attributes
    ----------
    number : int
    title : str
    rows : tuple of AblationRow
    against_first : bool
        Rows are tested against the first one instead of the one before.

    """

    number: int
    title: str
    rows: tuple[AblationRow, ...]
    against_first: bool = False

    def reference_of(self, number: int) -> AblationRow | None:
        """Return the row that row ``number`` (from 0) is tested against; None for the first."""
        return None if number == 0 else self.rows[0 if self.against_first else number - 1]


def _network(residual: bool, dropout: str, deep: bool, dense: bool) -> dict[str, Any]:
    return {"residual": residual, "dropout": dropout, "deep_supervision": deep,
            "supervision": "calcium" if dense else "all"}


_PLAIN = AblationRow("plain", "plain", _network(False, "none", False, False),
                     PublishedRow(0.801, 0.691, 0.218, (0.526, 0.679, 0.753, 0.809)))
_DEEP = AblationRow("deep", "+ deep supervision", _network(False, "none", True, False),
                    PublishedRow(0.831, 0.729, 0.219, (0.586, 0.713, 0.777, 0.842), "< 1e-22"))
_DENSE_RESULT = PublishedRow(0.848, 0.751, 0.223, (0.601, 0.739, 0.804, 0.863), "< 1e-9")
_DENSE = AblationRow("dense", "+ objective above 130 HU", _network(False, "none", True, True), _DENSE_RESULT)
_BEST_RESULT = PublishedRow(0.850, 0.762, 0.209, (0.628, 0.753, 0.804, 0.865), "0.0044")
_BEST = AblationRow("residual_addition", "+ dropout ResNet", _network(True, "before_addition", True, True),
                    _BEST_RESULT)

TABLES = (
    AblationTable(1, "Table 1: every row adds to the one before", (_PLAIN, _DEEP, _DENSE, _BEST)),
    AblationTable(2, "Table 2: skip connections and dropout (all with deep supervision, above 130 HU)", (
        AblationRow("dense", "plain", _DENSE.network, PublishedRow(0.848, 0.751, 0.223)),
        # The paper leaves open where the plain network drops values; before an addition it cannot, there is none.
        AblationRow("plain_dropout", "plain, dropout", _network(False, "before_second", True, True),
                    PublishedRow(0.830, 0.707, 0.247)),
        AblationRow("residual_first", "ResNet, dropout before 1st convolution",
                    _network(True, "before_first", True, True), PublishedRow(0.849, 0.757)),
        AblationRow("residual_second", "ResNet, dropout before 2nd convolution",
                    _network(True, "before_second", True, True), PublishedRow(0.843, 0.760, 0.198)),
        AblationRow("residual_addition", "ResNet, dropout before addition", _BEST.network,
                    PublishedRow(0.850, 0.762, 0.209)),
    ), against_first=True),
)


def rows_of(tables: tuple[AblationTable, ...]) -> tuple[AblationRow, ...]:
    """Return every network of the tables once, in the order of its first appearance."""
    found: dict[str, AblationRow] = {}
    for table in tables:
        for row in table.rows:
            found.setdefault(row.key, row)
    return tuple(found.values())
