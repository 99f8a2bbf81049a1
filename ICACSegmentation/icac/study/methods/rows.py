"""The architectures and losses that a study of methods compares, by short names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from icac.errors import InputError
from icac.training.settings.config import TrainingConfig
from icac.training.settings.read import LOSSES as PARTS
from icac.training.settings.read import config_from, merge

#: Changes of ``network``, to what the settings of the study say.
ARCHITECTURES: dict[str, Mapping[str, Any]] = {
    "fcn": {}, "fcn-plain": {"residual": False, "dropout": "none"},
    "fcn-spatial": {"dropout": "before_addition", "dropped": "features"},
    "fcn-depth": {"dropout": "before_addition", "dropped": "block"}, "fcn-narrow": {"width": 4},
    "fcn-pyramid": {"pyramid": True}, "unet": {"kind": "monai_unet"}, "dynunet": {"kind": "monai_dynunet"},
    "vnet": {"kind": "monai_vnet"}, "deepmedic": {"kind": "deepmedic"}, "pspnet": {"kind": "pspnet"}}

#: Weights of losses; those that are not named have none.
LOSSES: dict[str, Mapping[str, Any]] = {
    "ce": {"cross_entropy": 1.0}, "focal": {"focal": 1.0}, "dice": {"dice": 1.0},
    "dice-negligible": {"dice": 1.0, "smoothing": "negligible"}, "dice-batch": {"dice": 1.0, "reduce": "batch"},
    "jaccard": {"jaccard": 1.0}, "tversky": {"tversky": 1.0, "tversky_false": 0.3, "tversky_missed": 0.7},
    "lovasz": {"lovasz": 1.0}, "ce-dice": {"cross_entropy": 1.0, "dice": 0.5},
    "ce-lovasz": {"cross_entropy": 1.0, "lovasz": 0.5}}

#: What is compared unless told: every architecture by the usual loss, and every loss on the usual architecture.
USUAL_ARCHITECTURE, USUAL_LOSS = "fcn", "ce-dice"


@dataclass(frozen=True)
class Method:
    """A network and what it is trained to minimise."""

    architecture: str
    loss: str

    @property
    def key(self) -> str:
        """Name of its folder."""
        return f"{self.architecture}_{self.loss}"

    def config(self, shared: TrainingConfig) -> TrainingConfig:
        """Return the settings with which it is trained, from those that all share."""
        none: dict[str, Any] = dict.fromkeys(PARTS, 0.0)
        changed = merge(shared.to_dict(), {"network": ARCHITECTURES[self.architecture],
                                           "loss": {**none, **LOSSES[self.loss]}})
        return config_from({**changed, "name": f"methods-{self.key}",
                            "description": f"{self.architecture} trained by {self.loss}, of a study of methods."})


def methods_of(architectures: Sequence[str], losses: Sequence[str], keys: Sequence[str] = ()) -> tuple[Method, ...]:
    """Return the methods to compare.

    Parameters
    ----------
    architectures, losses : sequence of str
        Names: every one of the first with every one of the second. Where one is empty, the usual one is taken; where
        both are, and there are no ``keys``, every architecture with the usual loss and every loss with the usual
        architecture.
    keys : sequence of str
        Single methods besides, as ``unet_focal``.

    Raises
    ------
    InputError
        If there is no such architecture, loss or method.

    """
    single = [_pair(key) for key in keys]
    for word, names, known in (("architecture", [*architectures, *(one for one, _ in single)], ARCHITECTURES),
                               ("loss", [*losses, *(one for _, one in single)], LOSSES)):
        for name in names:
            if name not in known:
                raise InputError(f"There is no {word} called '{name}' to compare, only {', '.join(known)}.")
    if architectures or losses:
        pairs = list(product(architectures or [USUAL_ARCHITECTURE], losses or [USUAL_LOSS]))
    elif single:
        pairs = []
    else:
        pairs = [*product(ARCHITECTURES, [USUAL_LOSS]), *product([USUAL_ARCHITECTURE], LOSSES)]
    return tuple(Method(*pair) for pair in dict.fromkeys([*pairs, *single]))


def _pair(key: str) -> tuple[str, str]:
    architecture, line, loss = key.partition("_")
    if not line:
        raise InputError(f"'{key}' is no method; name an architecture and a loss, as unet_focal.")
    return architecture, loss
