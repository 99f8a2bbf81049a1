"""A model package: a folder with model.json, weights.safetensors and what it may have more, used only if all fit."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.errors import OutputError
from icac.files import whole_folder
from icac.models.contents import SPEC_FILE, Contents, read_folder, refusal
from icac.models.second_look import SecondLookWeights
from icac.models.spec import ModelSpec, WeightsRecord, check_document
from icac.models.weights import load_weights
from icac.network import build_network, fold_network
from icac.ood import Gate
from icac.reference import reference_sha256

if TYPE_CHECKING:
    import torch

    from icac.network.interface.network import Network


@dataclass(frozen=True)
class ModelPackage:
    """A checked model package on disk.

    Attributes
    ----------
    folder : pathlib.Path
    spec : ModelSpec
    gate : Gate or None
        What tells which scans are unlike those that the model knows; packages can do without.
    second_look : SecondLookWeights or None
        What sees the carotids again, drawn out straight; packages can do without.

    """

    folder: Path
    spec: ModelSpec
    gate: Gate | None = None
    second_look: SecondLookWeights | None = None

    @classmethod
    def load(cls, folder: str | Path) -> ModelPackage:
        """Read a package and check its description and the checksum of its weights.

        Raises
        ------
        ModelError
            If the package is missing, damaged, foreign, or made for a newer version of this software.

        """
        folder = Path(folder)
        contents = read_folder(folder)
        return cls(folder, contents.spec, contents.gate, contents.second_look)

    def load_network(self, device: str = "cpu", fold: bool = True) -> Network:
        """Build the network with its weights, in eval mode.

        Parameters
        ----------
        device : str
            Where to put it, as PyTorch names it.
        fold : bool
            Rewrite it for speed where that is exact, see :func:`icac.network.fold_network`: it gives the same
            output but can no longer be trained.

        Raises
        ------
        ModelError
            If the weights are damaged or do not belong to the described network.

        """
        import torch

        state = self.load_state()
        with torch.random.fork_rng(devices=()):  # first weights are drawn at random, if only to be replaced
            network = build_network(self.spec.architecture)
        try:
            network.load_state_dict(state, strict=True)
        except RuntimeError as error:
            why = "its weights do not belong to the network that its model.json describes"
            raise refusal(self.folder, why) from error
        network.requires_grad_(False).eval()
        if fold:
            fold_network(network)
        return network.to(device)

    def load_state(self) -> dict[str, torch.Tensor]:
        """Read the weights as torch has them, as :meth:`load_weights`."""
        import torch

        return {name: torch.tensor(values) for name, values in self.load_weights().items()}

    def load_weights(self) -> dict[str, np.ndarray]:
        """Read the weights without torch.

        Raises
        ------
        ModelError
            If they are damaged, or no longer those of this model.

        """
        contents = read_folder(self.folder)
        if contents.spec.stored.sha256 != self.spec.stored.sha256:
            raise refusal(self.folder, "it was replaced by another one since it was chosen")
        try:
            return load_weights(contents.weights_bytes, self.spec.architecture)
        except ValueError as error:
            raise refusal(self.folder, str(error)) from error


def save_package(folder: str | Path, spec: ModelSpec, state: dict[str, torch.Tensor], gate: Gate | None = None,
                 second_look: SecondLookWeights | None = None) -> ModelPackage:
    """Write a model package, whole or not at all; an earlier package in the same folder is replaced.

    Parameters
    ----------
    folder : path
        Where to write; its parents are made.
    spec : ModelSpec
        Its ``weights``, and ``reference_sha256`` if it has none, are filled in here.
    state : dict of str to torch.Tensor
        ``state_dict()`` of a network that was not folded.
    gate : Gate, optional
        Kept if it is of these weights.
    second_look : SecondLookWeights, optional
        What ``spec`` says of it is kept, but for checksum and size.

    Returns
    -------
    ModelPackage
        The package, read back and checked.

    Raises
    ------
    OutputError
        If the folder holds something else, or the disk does not allow it.
    ValueError
        If the specification is not valid, or has a second look without weights, or these without it.

    """
    from safetensors.torch import save

    if (spec.second_look is None) != (second_look is None):
        raise ValueError("a second look needs both its weights and what model.json says of it")

    folder = Path(folder)
    _refuse_other(folder)
    weights = save({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()})
    spec = replace(spec, weights=WeightsRecord(hashlib.sha256(weights).hexdigest(), len(weights)),
                   reference_sha256=spec.reference_sha256 or reference_sha256(),
                   second_look=second_look.record(spec.second_look.training_data)
                   if spec.second_look and second_look else None)
    text = json.dumps(spec.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    check_document(json.loads(text))
    with whole_folder(folder) as temporary:
        Contents(spec, text.encode("utf-8"), weights,
                 gate if gate and gate.weights_sha256 == spec.stored.sha256 else None, second_look).write(temporary)
    return ModelPackage.load(folder)


def save_gate(folder: str | Path, package: ModelPackage, gate: Gate) -> ModelPackage:
    """Write a model package with another gate, whole or not at all; ``folder`` may be its own.

    Raises
    ------
    ModelError
        The package is damaged, or the gate is of other weights.
    OutputError
        The folder holds something else, or the disk does not allow it.

    """
    folder = Path(folder)
    _refuse_other(folder)
    contents = replace(read_folder(package.folder), gate=gate)
    with whole_folder(folder) as temporary:
        contents.write(temporary)
    return ModelPackage.load(folder)


def _refuse_other(folder: Path) -> None:
    if folder.exists() and not (folder / SPEC_FILE).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"'{folder}' holds something other than a model: choose another folder.")
