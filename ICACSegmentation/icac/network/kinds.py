"""The kinds of networks there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from icac.network.bortsova2017.config import FcnConfig
from icac.network.deepmedic.config import DeepMedic
from icac.network.ensemble import Ensemble
from icac.network.from_monai.dynunet import MonaiDynUnet
from icac.network.from_monai.unet import MonaiUnet
from icac.network.from_monai.vnet import MonaiVnet
from icac.network.interface.architecture import Architecture
from icac.network.interface.traced import TracedArchitecture
from icac.network.pspnet.config import PspNet

if TYPE_CHECKING:
    from icac.network.interface.network import Network


class Kind(NamedTuple):
    """A kind of network."""

    architecture: type[Architecture]
    build: Callable[[Any], Network]
    """Makes the network in torch, with weights from torch's current random state."""
    fold: Callable[[Any], None]
    """Rewrites a network in eval mode for speed where that is exact; it can no longer be trained."""
    traceable: bool = False
    """OpenVINO can take the network in torch over as it is."""


def _build_fcn(config: FcnConfig) -> Network:
    from icac.network.bortsova2017.fcn import FCN

    return FCN(config)


def _fold_fcn(network: Any) -> None:
    from icac.network.bortsova2017.fold import fold_network

    fold_network(network)


def _build_ensemble(config: Ensemble) -> Network:
    from icac.network.ensemble_network import EnsembleNetwork

    return EnsembleNetwork(config, [build_network(member) for member in config.members])


def _fold_ensemble(network: Any) -> None:
    for member in network.networks():
        fold_network(member)


def _traced(architecture: type[TracedArchitecture]) -> Kind:
    return Kind(architecture, lambda config: config.network(), lambda network: None, traceable=True)


#: By the names that model packages call them, ``architecture.kind``.
KINDS: dict[str, Kind] = {FcnConfig.kind: Kind(FcnConfig, _build_fcn, _fold_fcn)} | {
    architecture.kind: _traced(architecture)
    for architecture in (MonaiUnet, MonaiVnet, MonaiDynUnet, DeepMedic, PspNet)} | {
    Ensemble.kind: Kind(Ensemble, _build_ensemble, _fold_ensemble, traceable=True)}


def read_architecture(values: dict[str, Any]) -> Architecture:
    """Make an architecture from plain values; without a kind, as in packages of format 1, it is of the first there was.

    Raises
    ------
    ValueError
        If there is no such kind, or a value is unknown or not allowed.

    """
    kind = values.get("kind", FcnConfig.kind)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"There is no kind of network called {kind!r}, only {', '.join(map(repr, KINDS))}.")
    if kind == Ensemble.kind:
        values = values | {"members": [read_architecture(member) for member in _members(values.get("members"))]}
    return KINDS[kind].architecture.from_dict(values)


def _members(members: Any) -> list[dict[str, Any]]:
    """Return the plain values of the members of an ensemble, which are no ensembles: they could be nested forever."""
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise ValueError("An ensemble needs a list of members.")
    if any(member.get("kind") == Ensemble.kind for member in members):
        raise ValueError("An ensemble cannot be a member of another one.")
    return members


def build_network(architecture: Architecture) -> Network:
    """Make a network in torch; its weights are drawn from torch's current random state."""
    return KINDS[architecture.kind].build(architecture)


def fold_network(network: Network) -> None:
    """Rewrite a network in eval mode in place for speed where that is exact; it can no longer be trained."""
    KINDS[network.config.kind].fold(network)
