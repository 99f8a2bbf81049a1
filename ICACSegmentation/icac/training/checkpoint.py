"""Writing checkpoints so that a run killed at any moment finds a whole one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from icac.errors import InputError, OutputError


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write to a temporary name, flush to the disk, then rename; raises OutputError if that fails."""
    temporary = path.with_name(path.name + ".part")
    try:
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: the checkpoint cannot be written ({error}); free space or choose another "
                          "folder.") from error


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of tensors and plain values onto the CPU; raises InputError if it is damaged."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises nearly anything for a file cut short
        raise InputError(f"{path}: this checkpoint is damaged; remove it to start the run anew.") from error
