"""Several models as one package, which gives the mean of their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from icac.errors import ModelError
from icac.models.package import ModelPackage, save_package
from icac.models.spec import ModelSpec
from icac.network.ensemble import Ensemble

#: Stands among the notices of an ensemble until it is calibrated, so that nobody takes its first volumes for measured.
UNCALIBRATED = "not yet calibrated as an ensemble, so its volumes say nothing"


def when_calibrated(notice: str) -> str:
    """Return the notice of a model without that of an ensemble that was not calibrated."""
    return "; ".join(part for part in notice.split("; ") if part != UNCALIBRATED)


def ensemble_models(packages: Sequence[ModelPackage], folder: str | Path, name: str = "", mirrored: bool = False
                    ) -> ModelPackage:
    """Write models as one package, to be calibrated.

    Parameters
    ----------
    packages : sequence of ModelPackage
        Of any kinds of networks, at least two, or one that is also run mirrored. Their temperatures, priors and
        thresholds are not used.
    folder : path
        Where to write.
    name : str
        Of the ensemble; that of the last model and "-ensemble" if empty.
    mirrored : bool
        Each also sees the head with left and right swapped.

    Returns
    -------
    ModelPackage

    Raises
    ------
    ModelError
        If there are too few, one is an ensemble itself, or they see different inputs.
    OutputError
        If the package cannot be written.

    """
    import torch

    if len(packages) + mirrored < 2:
        raise ModelError("An ensemble needs at least two models, or one and --mirrored.")
    for package in packages:
        if package.spec.sees != packages[-1].spec.sees:
            raise ModelError(f"{package.spec.name} {package.spec.version} and {packages[-1].spec.name} "
                             f"{packages[-1].spec.version} see different inputs: they cannot be one ensemble.")
    try:
        spec = _spec([package.spec for package in packages], name, mirrored)
    except ValueError as error:
        raise ModelError(f"These models cannot be one ensemble: {error}") from error
    weights = {f"members.{number}.{key}": torch.from_numpy(values) for number, package in enumerate(packages)
               for key, values in package.load_weights().items()}
    return save_package(folder, spec, weights)


def _spec(members: Sequence[ModelSpec], name: str, mirrored: bool) -> ModelSpec:
    last = members[-1]
    network = Ensemble(tuple(member.architecture for member in members), mirrored)
    views = ", each also mirrored" if mirrored else ""
    names = [f"{member.name} {member.version}" for member in members]
    record = [{"name": member.name, "version": member.version, "sha256": member.stored.sha256} for member in members]
    return replace(
        last, name=name or f"{last.name}-ensemble", architecture=network, weights=None,
        description=f"Mean probability of {len(members)} models{views}: {', '.join(names)}.",
        training_data="; ".join(_once(f"{name}: {member.training_data}" for name, member
                                      in zip(names, members, strict=True))),
        licence="; ".join(_once(member.licence for member in members)),
        simulated=any(member.simulated for member in members),
        notice="; ".join([*_once(member.notice for member in members if member.notice), UNCALIBRATED]),
        threshold=0.5, lesion_threshold=0.0, temperature=1.0, course_prior=None, second_look=None,
        metrics={"members": record})


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
