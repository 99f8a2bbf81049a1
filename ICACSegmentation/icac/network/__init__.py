"""Networks: of each kind a folder, what they have in common in ``interface``.

Importing this package does not import torch; :class:`FCN`, the network of Bortsova et al. 2017 (arXiv 1706.01148), is
loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from icac.network.bortsova2017.config import FcnConfig
from icac.network.bortsova2017.describe import describe
from icac.network.interface.architecture import Architecture
from icac.network.interface.geometry import Geometry
from icac.network.kinds import build_network, fold_network, read_architecture

if TYPE_CHECKING:
    from icac.network.bortsova2017.fcn import FCN

__all__ = ["FCN", "Architecture", "FcnConfig", "Geometry", "build_network", "describe", "fold_network",
           "read_architecture"]


def __getattr__(name: str) -> Any:
    """Import the torch module only when it is asked for."""
    if name == "FCN":
        from icac.network.bortsova2017.fcn import FCN

        return FCN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
