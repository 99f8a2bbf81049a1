"""Writing checkpoints so that a run killed at any moment finds a whole one."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch

from icac.errors import InputError
from icac.files import whole_file


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all; raises OutputError."""
    with whole_file(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of tensors and plain values onto the CPU; raises InputError if it is damaged."""
    try:
        if not path.is_file():  # a pipe would be waited for
            raise FileNotFoundError(path)
        _check_sizes(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises nearly anything for a file cut short
        raise InputError(f"{path}: this checkpoint is damaged; remove it to start the run anew.") from error


def _check_sizes(path: Path) -> None:
    """Raise ValueError if the parts that a checkpoint announces are larger than the file, in which none is compressed.

    Torch makes room for them before it reads.
    """
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > path.stat().st_size:
            raise ValueError("its parts are larger than the file")
