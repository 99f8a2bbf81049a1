"""One call that trains a network from settings and a manifest, and leaves a model package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from icac.errors import DeviceError, OutputError
from icac.models import ModelPackage
from icac.progress import Progress, Silent
from icac.training.settings.config import TrainingConfig
from icac.trainingset.manifest import Manifest, read_manifest


def train(config: TrainingConfig, data: str | Path | Manifest, folder: str | Path, progress: Progress, *,
          device: str = "auto", devices: int = 1, cache: str | Path | None = None) -> ModelPackage | None:
    """Train a network, going on from the last checkpoint in ``folder`` if there is one.

    Parameters
    ----------
    config : TrainingConfig
    data : path or Manifest
        Manifest of cases (see `icac.trainingset.manifest`), or the folder that holds ``manifest.csv``.
    folder : path
        Where checkpoints (``last.pt``, ``best.pt``), curves (``*.csv``, TensorBoard) and the package (``model``) go.
    progress : Progress
    device : {"auto", "cpu", "cuda", "mps"}
    devices : int
        Processes that train together (DDP).
    cache : path, optional
        Where prepared scans lie, for runs that share them; ``cases`` in ``folder`` if omitted.

    Returns
    -------
    ModelPackage or None
        None if the run was asked to stop before its end; the same call goes on with it.

    Raises
    ------
    IcacError
        See the parts; every message is one sentence.

    """
    from lightning.fabric import Fabric

    from icac.training.engine.finish import finish
    from icac.training.engine.loop import Trainer
    from icac.training.engine.setup import Run

    manifest, folder = data if isinstance(data, Manifest) else read_manifest(data), Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: this folder cannot be made ({error}); choose another.") from error
    strategy = "ddp_find_unused_parameters_true" if devices > 1 else "auto"
    precision: Any = config.precision  # Fabric refuses what it does not know
    try:
        fabric = Fabric(accelerator=device, devices=devices, strategy=strategy, precision=precision)
        fabric.launch()
    except (RuntimeError, ValueError) as error:
        raise DeviceError(f"Training cannot start on {devices} x {device} with precision {config.precision} "
                          f"({error}).") from error
    progress = progress if fabric.is_global_zero else Silent()
    run = Run(config, manifest, folder, fabric, progress, Path(cache) if cache else None)
    trainer = Trainer(run, progress)
    if not trainer.train():
        return None
    return finish(run, trainer.state.step, progress)
