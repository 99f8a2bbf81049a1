"""Versions of the software that made a report."""

from __future__ import annotations

import platform
from importlib import metadata

import icac

#: Packages whose version can change a result.
PACKAGES = ("openvino", "torch", "SimpleITK", "numpy", "scipy", "pydicom")


def software_versions() -> dict[str, str | None]:
    """Return name to version: this library, Python, the system, and :data:`PACKAGES` (None if not installed).

    Versions come from the installed package data, so that no package is loaded only to ask it.
    """
    versions: dict[str, str | None] = {
        "icac": icac.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return versions
