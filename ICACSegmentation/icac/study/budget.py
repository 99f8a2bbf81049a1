"""What every row of a study was given, in words for its report."""

from __future__ import annotations

from icac.models import SIMULATED_NOTICE
from icac.splits import SPLITS
from icac.training.settings.config import TrainingConfig
from icac.trainingset.manifest import Manifest


def cases_statement(manifest: Manifest) -> str:
    """Say of how many cases each split is."""
    train, validation, test = (len(manifest.of_split(split)) for split in SPLITS)
    return f"{train} cases to learn from, {validation} to choose weights and threshold, {test} scored."


def length_of(config: TrainingConfig) -> str:
    """Return how long each row is trained."""
    return f"{config.epochs:g} epochs" if config.epochs else f"{config.minutes:g} minutes"


def simulated_notice(manifest: Manifest, more: str = "") -> list[str]:
    """Return the lines that say that cases are simulated, with ``more`` to say of it; none if no case is."""
    simulated = any(case.simulated for case in manifest.cases)
    return [f"**Simulated data**: {SIMULATED_NOTICE}.{more}", ""] if simulated else []
