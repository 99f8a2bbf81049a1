"""The command line with which the application runs icac."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Folder that holds ``icac`` and ``ICACSegmentationLib``: the source tree's, or where Slicer installed the module.
MODULE_FOLDER = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Command:
    """What to start, and with which environment variables."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def settings_of(device: str, model: str, threshold: float):
    """Return the settings (``icac.settings.Settings``) of a panel, in which a threshold of 0 is that of the model."""
    from icac.settings import Settings

    return Settings(model=model, device=device, threshold=threshold or None)


def segment_command(python: str, ct: Path, output: Path, settings, hide_names: bool = False) -> Command:
    """Return the command that measures ICAC in one CT.

    Parameters
    ----------
    python : str
        Path of the Python executable, in Slicer that of ``PythonSlicer``.
    ct : Path
        The CT as a file.
    output : Path
        Folder for the results.
    settings : icac.settings.Settings
    hide_names : bool
        Leave names out of the results.

    """
    from icac.cli.options import settings_arguments

    return child_command(python, "segment", str(ct), "--output", str(output), "--progress", "json",
                         "--save-probability", *(["--hide-names"] if hide_names else []),
                         *settings_arguments(settings))


def child_command(python: str, *arguments: str) -> Command:
    """Return the command that runs icac with any arguments."""
    return Command((python, "-m", "ICACSegmentationLib.run.child", *arguments), child_environment())


def child_environment() -> dict[str, str]:
    """Return this process's environment, in which the child finds the module and writes UTF-8 at once."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(MODULE_FOLDER), *([inherited] if inherited else [])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
