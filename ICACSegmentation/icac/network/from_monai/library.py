"""MONAI, if it is installed."""

from __future__ import annotations

from typing import Any

from icac.errors import ModelError

#: What is installed for models of these kinds.
REQUIREMENT = "monai>=1.4"


def nets(kind: str) -> Any:
    """Return MONAI's module of networks.

    Raises
    ------
    ModelError
        If MONAI is not installed, for a network of ``kind``.

    """
    try:
        from monai.networks import nets as found
    except ImportError as error:
        raise ModelError(f"Networks of the kind '{kind}' are MONAI's, which is not installed: run pip install "
                         f"\"{REQUIREMENT}\", in 3D Slicer slicer.util.pip_install(\"{REQUIREMENT}\") in its Python "
                         "console, and try again.") from error
    return found
