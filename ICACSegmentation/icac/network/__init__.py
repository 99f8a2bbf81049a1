"""The network: a deeply supervised residual dropout FCN (Bortsova et al. 2017, arXiv 1706.01148).

Importing this package does not import torch; :class:`FCN` is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from icac.network.config import FcnConfig
from icac.network.describe import describe
from icac.network.geometry import (
    input_shape,
    label_offset,
    margins,
    output_shape,
    receptive_field,
    stride_grid,
    window,
)

if TYPE_CHECKING:
    from icac.network.fcn import FCN

__all__ = ["FCN", "FcnConfig", "describe", "input_shape", "label_offset", "margins", "output_shape",
           "receptive_field", "stride_grid", "window"]


def __getattr__(name: str) -> Any:
    """Import the torch module only when it is asked for."""
    if name == "FCN":
        from icac.network.fcn import FCN

        return FCN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
