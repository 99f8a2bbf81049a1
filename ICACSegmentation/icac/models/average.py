"""The mean of several states of one network, which errs less than each of them.

Networks that were trained on from the same weights lie in one valley of the loss, and the mean of their weights lies
nearer to its middle (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization";
Wortsman et al. 2022, "Model soups"). Networks that began apart have nothing to do with each other, and their mean is
noise: only a calibration on cases kept aside tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.errors import ModelError
from icac.models.package import ModelPackage, save_package

if TYPE_CHECKING:
    import torch


def average_models(packages: Sequence[ModelPackage], folder: str | Path) -> ModelPackage:
    """Write the mean of models as a package, to be calibrated.

    Parameters
    ----------
    packages : sequence of ModelPackage
        At least two, alike but for weights, thresholds and what is told of them. Name, thresholds and temperature are
        those of the last; figures of any of them are left out.
    folder : path
        Where to write.

    Returns
    -------
    ModelPackage

    Raises
    ------
    ModelError
        If fewer than two are given, or they are networks of different kinds or inputs.
    OutputError
        If the package cannot be written.

    """
    if len(packages) < 2:
        raise ModelError("A mean needs at least two models.")
    last = packages[-1].spec
    for package in packages:
        if (package.spec.architecture, package.spec.sees) != (last.architecture, last.sees):
            raise ModelError(f"{package.spec.name} {package.spec.version} and {last.name} {last.version} are different "
                             "networks or see different inputs: they have no mean.")
    names = " and ".join(f"{package.spec.name} {package.spec.version}" for package in packages)
    histories = "; ".join(f"{package.spec.version}: {package.spec.training_data}" for package in packages)
    spec = replace(last, version=f"{last.version}-mean", metrics={}, second_look=None,
                   training_data=f"the mean of {names} ({histories})")
    return save_package(folder, spec, _mean([package.load_weights() for package in packages]))


def _mean(states: Sequence[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
    """Return the mean of each array; counters are those of the last."""
    import torch

    def mean(name: str, last: np.ndarray) -> np.ndarray:
        if not np.issubdtype(last.dtype, np.floating):
            return last
        return np.mean([state[name] for state in states], axis=0, dtype=np.float64).astype(last.dtype)

    return {name: torch.tensor(mean(name, last)) for name, last in states[-1].items()}
