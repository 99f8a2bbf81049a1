"""The page that a study leaves for reading, and what all such pages say of its data."""

from __future__ import annotations

from pathlib import Path

from icac.files import whole_file
from icac.models import SIMULATED_NOTICE
from icac.splits import SPLITS
from icac.training.settings.config import TrainingConfig
from icac.trainingset.manifest import Manifest


def write_page(path: Path, *parts: str) -> Path:
    """Write paragraphs, headings, lists and tables (Markdown) one below another, and return the path.

    Parameters
    ----------
    path : Path
    *parts : str
        Those that are empty are left out.

    Raises
    ------
    OutputError
        If the file cannot be written.

    """
    with whole_file(path) as temporary:
        temporary.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")
    return path


def cases_statement(manifest: Manifest) -> str:
    """Say of how many cases each split is."""
    train, validation, test = (len(manifest.of_split(split)) for split in SPLITS)
    return f"{train} cases to learn from, {validation} to choose weights and threshold, {test} scored."


def length_of(config: TrainingConfig) -> str:
    """Return how long each row is trained."""
    return f"{config.epochs:g} epochs" if config.epochs else f"{config.minutes:g} minutes"


def simulated_notice(manifest: Manifest, more: str = "") -> str:
    """Say that cases are simulated, with ``more`` to say of it; empty if no case is."""
    simulated = any(case.simulated for case in manifest.cases)
    return f"**Simulated data**: {SIMULATED_NOTICE}.{more}" if simulated else ""


def bullets(lines: list[str]) -> str:
    """Return a list of sentences."""
    return "\n".join(f"- {line}" for line in lines)
