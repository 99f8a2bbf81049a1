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


@dataclass(frozen=True)
class Choices:
    """How to segment.

    Attributes
    ----------
    device : {"auto", "cpu", "cuda", "mps"}
    model : str
        Name of an installed model or folder of a model package; the default model if empty.
    threshold : float
        Probability above which a voxel is ICAC; that of the model if 0.

    """

    device: str = "auto"
    model: str = ""
    threshold: float = 0.0


def segment_command(python: str, ct: Path, output: Path, choices: Choices) -> Command:
    """Return the command that measures ICAC in one CT.

    Parameters
    ----------
    python : str
        Path of the Python executable, in Slicer that of ``PythonSlicer``.
    ct : Path
        The CT as a file.
    output : Path
        Folder for the results.
    choices : Choices

    """
    arguments = ["segment", str(ct), "--output", str(output), "--device", choices.device, "--progress", "json",
                 "--save-probability"]
    arguments += ["--model", choices.model] if choices.model else []
    arguments += ["--threshold", str(choices.threshold)] if choices.threshold else []
    return child_command(python, *arguments)


def child_command(python: str, *arguments: str) -> Command:
    """Return the command that runs icac with any arguments."""
    return Command((python, "-m", "ICACSegmentationLib.run.child", *arguments), child_environment())


def child_environment() -> dict[str, str]:
    """Return this process's environment, in which the child finds the module and writes UTF-8 at once."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(MODULE_FOLDER), *([inherited] if inherited else [])])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
