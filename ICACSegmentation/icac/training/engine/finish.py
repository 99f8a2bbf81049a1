"""The end of a run: the best weights, their batch-norm statistics, temperature and threshold, and the model package."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from icac import __version__
from icac.logit_histogram import HistogramScore, fit_temperature, score_histogram
from icac.models import ModelPackage, ModelSpec, save_package
from icac.progress import Progress
from icac.splits import TRAIN, VALIDATION
from icac.training.engine.checkpoint import load_checkpoint
from icac.training.engine.setup import Run
from icac.training.engine.validation import count_validation, spread
from icac.training.optimization.batch_norms import remeasure_batch_norm
from icac.training.patches.shown import SCALING
from icac.trainingset.drawn import BY_MODEL, NOTHING
from icac.trainingset.manifest import ManifestCase

#: Number of the first patch for batch-norm statistics: beyond every patch of the training itself.
_FIRST_PATCH = 10**9


def finish(run: Run, last_step: int, progress: Progress) -> ModelPackage:
    """Make the model package ``model`` in the folder of a run, whose network has the weights of the last step.

    Where the best weights were chosen on some of the validation cases only, chance had its part in it, so they have to
    beat the last ones on all cases. Batch-norm statistics that are measured anew are kept only if validation is no
    worse with them. The temperature minimises the cross-entropy, the threshold then maximises pooled Dice, both on all
    validation cases: the metrics of the package are those of the cases on which these two numbers were chosen.
    """
    everyone = range(len(run.validation))
    candidates = _candidates(run, last_step)
    counted = []
    for number, (step, weights) in enumerate(candidates):
        progress.update("finishing", 0.4 * number / len(candidates),
                        f"judging the weights of step {step} on {len(everyone)} cases")
        run.network.load_state_dict(weights)
        counted.append(count_validation(run.network, run.validation, everyone, run.fabric))
    chosen = int(np.argmin([_score(score_histogram(counts), run) for counts in counted]))
    (step, weights), counts = candidates[chosen], counted[chosen]
    run.network.load_state_dict(weights)
    if run.config.recalibration_patches:
        progress.update("finishing", 0.4, "measuring batch normalisation anew")
        run.network.pad(run.config.sampling.padded)
        remeasure_batch_norm(run.network, _training_inputs(run, run.config.recalibration_patches))
        anew = count_validation(run.network, run.validation, everyone, run.fabric)
        if _score(score_histogram(anew), run) <= _score(score_histogram(counts), run):
            counts = anew
        else:
            run.network.load_state_dict(weights)
    temperature = fit_temperature(counts.sum(0))
    found = score_histogram(counts, temperature)
    spec = _describe(run, step, temperature, found)
    if run.fabric.is_global_zero:
        save_package(run.folder / "model", spec, run.network.state_dict())
    run.fabric.barrier()
    progress.update("finished", 1.0, (
        f"model package in {run.folder / 'model'}: Dice {found.dice:.3f} at {found.threshold:.2f}, mean Dice of a case "
        f"{found.case_dice:.3f}, temperature {temperature:.2f}"))
    return ModelPackage.load(run.folder / "model")


def _candidates(run: Run, last_step: int) -> list[tuple[int, dict[str, torch.Tensor]]]:
    """Return steps and weights that may be the best: those kept, and the last where these were chosen on some cases."""
    best = load_checkpoint(run.folder / "best.pt")
    found = [(best["step"], best["network"])]
    some = len(spread(len(run.validation), run.config.validation.cases)) < len(run.validation)
    if some and last_step != best["step"]:
        with run.averaged_weights():
            found.append((last_step, {name: value.clone() for name, value in run.network.state_dict().items()}))
    return found


def _score(found: HistogramScore, run: Run) -> float:
    return found.loss if run.config.validation.select == "loss" else -found.dice


def _training_inputs(run: Run, count: int) -> Iterator[torch.Tensor]:
    for number in range(_FIRST_PATCH, _FIRST_PATCH + count):
        patch = run.dataset[number]["input"][None]
        yield patch.to(run.fabric.device, memory_format=torch.channels_last_3d)


def _describe(run: Run, step: int, temperature: float, found: HistogramScore) -> ModelSpec:
    train, validation = run.manifest.of_split(TRAIN), run.manifest.of_split(VALIDATION)
    simulated = any(case.simulated for case in train)
    return ModelSpec(
        name=run.config.name, version=run.config.version, description=run.config.description,
        architecture=run.network.config, intensity=SCALING, simulated=simulated, licence=run.config.licence,
        training_data=f"{_words(train)} (manifest {run.manifest.sha256[:16]}); best weights, temperature and "
                      f"threshold by {len(validation)} others",
        threshold=float(np.clip(found.threshold, 0.001, 0.999)), temperature=temperature,
        metrics={"validation": asdict(found) | {"cases": len(validation)}, "training": _record(run, step)})


def _words(train: Sequence[ManifestCase]) -> str:
    """Say of how many cases a network learnt, and which of them nobody drew on."""
    kind = "simulated heads" if any(case.simulated for case in train) else "annotated scans"
    marked = sum(case.drawn == BY_MODEL for case in train)
    nothing = sum(case.drawn == NOTHING for case in train)
    return "".join([f"{len(train) - marked - nothing} {kind}", f", {marked} that a model marked" if marked else "",
                    f", {nothing} without a label" if nothing else ""])


def _record(run: Run, step: int) -> dict[str, Any]:
    """Return what another person needs to repeat the run."""
    return {"settings": run.config.for_others, "step": step, "seed": run.config.seed,
            "processes": run.fabric.world_size,
            "manifest_sha256": run.manifest.sha256, "started_from_sha256": run.started_from,
            "versions": {"icac": __version__, "torch": torch.__version__, "numpy": np.__version__,
                         "python": platform.python_version()}}
