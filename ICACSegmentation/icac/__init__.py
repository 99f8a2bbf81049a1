"""Measure intracranial carotid artery calcification (ICAC) in non-contrast head CT. Research use only.

>>> import icac
>>> result = icac.segment("head_ct/")
>>> result.volume_mm3 >= result.side_volume_mm3("left")
True
>>> files = result.save("results/")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from icac.api import Result, segment

__version__ = "1.0.0"
__all__ = ["Result", "__version__", "segment"]


def __getattr__(name: str) -> Any:
    """Load what is used every day when it is first asked for, so that importing the package stays instant."""
    if name in ("Result", "segment"):
        from icac import api

        return getattr(api, name)
    raise AttributeError(f"module 'icac' has no attribute '{name}'")
