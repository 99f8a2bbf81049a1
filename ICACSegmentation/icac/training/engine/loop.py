"""The training loop: resumable at any step, on any device, in one or several processes."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.fabric import Fabric

from icac.errors import IcacError
from icac.logit_histogram import HistogramScore, score_histogram
from icac.progress import Progress
from icac.training.engine.checkpoint import load_checkpoint, save_checkpoint
from icac.training.engine.curves import Curves
from icac.training.engine.setup import Run
from icac.training.engine.stop import StopRequest
from icac.training.engine.validation import count_validation, spread
from icac.training.optimization.batch_norms import set_training_mode
from icac.training.optimization.optimizer import apply_settings
from icac.training.optimization.schedule import Point, Settings, settings_at
from icac.training.optimization.teacher import consistency_loss, consistency_weight
from icac.training.patches.stream import NumberSampler, patch_loader
from icac.training.settings.config import TrainingConfig

#: Share of a time budget that is kept for the last judgement and the export.
_FINISH_SHARE = 0.05

#: Seconds between two records of the curves.
_RECORD_SECONDS = 20.0


@dataclass
class State:
    """How far a run has come: everything besides weights that a checkpoint keeps."""

    step: int = 0
    """Steps done."""
    seconds: float = 0.0
    """Time spent training, over all parts of an interrupted run."""
    validations: int = 0
    judged_step: int = 0
    """Step of the last validation."""
    best_score: float = float("inf")
    best_step: int = 0


class Window:
    """Sums over the steps since the last record."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.steps = 0
        self.loss = 0.0
        self.inconsistency: float | None = None
        """Of network and teacher, where there is one."""
        self.waited = 0.0
        self.dense_voxels = 0

    @property
    def seconds(self) -> float:
        """Time since the last record."""
        return time.monotonic() - self.start

    def record(self, batch: int, settings: Settings) -> dict[str, float]:
        """Return the record of the window."""
        seconds = self.seconds
        taught = {} if self.inconsistency is None else {"inconsistency": self.inconsistency / self.steps}
        return {"loss": self.loss / self.steps, **taught, **asdict(settings),
                "patches_per_second": self.steps * batch / seconds,
                "dense_voxels_per_second": self.dense_voxels / seconds,
                "seconds_per_step": seconds / self.steps, "share_waiting": self.waited / seconds,
                "peak_memory_gb": _peak_memory_gb()}


def _peak_memory_gb() -> float:
    """Return the largest resident memory of this process so far, in GB; 0 where it cannot be known."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


class Trainer:
    """Trains the network of a `Run` to the end of its schedule, from its last checkpoint if there is one."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self._run = run
        self.config: TrainingConfig = run.config
        self.fabric: Fabric = run.fabric
        self.state = State()
        self._progress = progress
        self._folder: Path = run.folder
        self._resume()
        self._seconds_before = self.state.seconds
        self._started = time.monotonic()
        self._saved_at = time.monotonic()

    def train(self) -> bool:
        """Train; returns False if the run was asked to stop before its end."""
        curves = Curves(self._folder, self.state.step) if self.fabric.is_global_zero else None
        try:
            with StopRequest() as stop:
                finished = self._steps(curves, stop)
            if finished and self.state.judged_step != self.state.step:
                self._validate(curves)
            self.save()
        finally:
            if curves:
                curves.close()
        return finished

    def _steps(self, curves: Curves | None, stop: StopRequest) -> bool:
        """Do the steps of the schedule; returns False if asked to stop before the last."""
        sampler = NumberSampler(self.state.step, self.config.sampling.batch, self.fabric.global_rank,
                                self.fabric.world_size)
        batches = iter(patch_loader(self._run.stream, sampler, self.config.workers))
        window = Window()
        while (point := self._point()).share < 1:
            settings = settings_at(self.config.schedule, point)
            self._step(batches, settings, consistency_weight(self.config.unlabelled, point.share), window)
            if self._agree(window.seconds > _RECORD_SECONDS):
                self._record(curves, window, settings, point)
                window = Window()
            if self._validation_due():
                paused = time.monotonic()
                self._validate(curves)
                window.start += time.monotonic() - paused
            if self._agree(stop.requested):
                return False
            if self._agree(time.monotonic() - self._saved_at > 60 * self.config.checkpoint_minutes):
                self.save()
        if window.steps:
            self._record(curves, window, settings, point)
        return True

    def save(self) -> None:
        """Write the checkpoint from which the run can go on."""
        self.state.seconds = self._elapsed()
        if self.fabric.is_global_zero:
            average = self._run.average
            save_checkpoint({"digest": self._run.digest, "state": asdict(self.state),
                             "network": self._run.network.state_dict(),
                             "optimizer": self._run.optimizer.state_dict(),
                             "average": average.state_dict() if average else None}, self._folder / "last.pt")
        self.fabric.barrier()
        self._saved_at = time.monotonic()

    def _resume(self) -> None:
        path = self._folder / "last.pt"
        if not path.is_file():
            return
        checkpoint = load_checkpoint(path)
        self._run.check_digest(checkpoint["digest"])
        self.state = State(**checkpoint["state"])
        self._run.network.load_state_dict(checkpoint["network"])
        self._run.optimizer.load_state_dict(checkpoint["optimizer"])
        if self._run.average:
            self._run.average.load_state_dict(checkpoint["average"])

    def _elapsed(self) -> float:
        return self._seconds_before + time.monotonic() - self._started

    def _point(self) -> Point:
        epoch = self.state.step / self._run.steps_per_epoch
        if self.config.epochs is not None:
            return Point(epoch, epoch / self.config.epochs)
        assert self.config.minutes is not None, "a run has a length in epochs or in minutes"
        elapsed = self.fabric.broadcast(self._elapsed())
        return Point(epoch, elapsed / (60 * self.config.minutes * (1 - _FINISH_SHARE)))

    def _step(self, batches: Iterator[Any], settings: Settings, consistency: float, window: Window) -> None:
        asked = time.monotonic()
        batch = next(batches)
        window.waited += time.monotonic() - asked
        torch.manual_seed(self._seed_of_step())
        apply_settings(self._run.optimizer, settings)
        set_training_mode(self._run.network, settings.frozen_norm)
        self._run.network.pad(self.config.sampling.padded)
        loss, inconsistency = self._loss(batch, settings)
        if inconsistency is not None:
            loss = loss + consistency * inconsistency
            window.inconsistency = (window.inconsistency or 0.0) + float(inconsistency.detach())
        value = float(loss.detach())
        if not math.isfinite(value):
            raise IcacError(f"{self._folder}: training diverged at step {self.state.step} (the loss is {value}); lower "
                            "schedule.learning_rate or set optimizer.clip_norm, and start in another folder.")
        self._run.optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        if self.config.optimizer.clip_norm:
            self.fabric.clip_gradients(self._run.wrapped, self._run.optimizer,
                                       max_norm=self.config.optimizer.clip_norm)
        self._run.optimizer.step()
        if self._run.average:
            self._run.average.update(self._run.network)
        self.state.step += 1
        window.steps += 1
        window.loss += value
        window.dense_voxels += int(batch["mask"].sum())

    def _seed_of_step(self) -> int:
        """Return the seed of dropout, which depends on the step alone, so that a resumed run repeats it."""
        return (self.config.seed * 1_000_003 + self.state.step) * 4096 + self.fabric.global_rank

    def _loss(self, batch: dict[str, torch.Tensor], settings: Settings) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the loss of the labelled patches and, if there is a teacher, how far from it the others are."""
        truth, mask, artery, artery_mask = (batch[key].to(self.fabric.device, non_blocking=True)
                                            for key in ("truth", "mask", "artery", "artery_mask"))
        auxiliary = settings.auxiliary_weight > 0
        patch = self._placed(batch["input"])
        labelled = len(patch)
        if self._run.teacher:  # in one pass, as processes that train together must
            patch = torch.cat([patch, self._placed(batch["view"])])
        out = self._run.wrapped(patch, auxiliary=auxiliary)
        every, heads = out if auxiliary else (out, [])
        logits, heads = every[:labelled], [head[:labelled] for head in heads]
        loss = self._run.loss(logits[:, :1], heads, truth, mask, positive_weight=settings.positive_weight,
                              auxiliary_weight=settings.auxiliary_weight)
        if logits.shape[1] > 1:
            # Also where the mask is empty (then 0): all processes must use the same weights, or they wait for ever.
            loss = loss + self.config.loss.artery * self._run.loss.of_artery(logits[:, 1:], artery, artery_mask)
        return loss, self._inconsistency(every[labelled:, :1], batch) if self._run.teacher else None

    def _inconsistency(self, logits: torch.Tensor, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return how far what the network says of one view is from what its teacher says of the other."""
        assert self._run.teacher is not None, "there is a teacher where there are two views"
        mirrored, agree = (batch[key].to(self.fabric.device, non_blocking=True) for key in ("mirrored", "agree"))
        with self.fabric.autocast():
            taught = self._run.teacher(self._placed(batch["other_view"]), mirrored)
        return consistency_loss(logits, taught, agree)

    def _placed(self, patches: torch.Tensor) -> torch.Tensor:
        return patches.to(self.fabric.device, memory_format=torch.channels_last_3d, non_blocking=True)

    def _agree(self, wish: bool) -> bool:
        """Let all processes do what the first one wishes."""
        return self.fabric.broadcast(wish) if self.fabric.world_size > 1 else wish

    def _record(self, curves: Curves | None, window: Window, settings: Settings, point: Point) -> None:
        if curves is None:  # only the first process has any: nothing that all must do may follow
            return
        values = window.record(self.config.sampling.batch * self.fabric.world_size, settings)
        curves.add("training", self.state.step, values)
        self._progress.update("training", min(point.share, 1.0), (
            f"step {self.state.step}, loss {values['loss']:.4f}, {values['patches_per_second']:.2f} patches/s, "
            f"waiting {values['share_waiting']:.0%}, {values['peak_memory_gb']:.1f} GB"))

    def _validation_due(self) -> bool:
        return self._agree(self._validations_planned(self._point()) > self.state.validations)

    def _validations_planned(self, point: Point) -> int:
        """Return how many validations should have been done at ``point``."""
        plan = self.config.validation
        if plan.every_epochs:
            return int(point.epoch / plan.every_epochs + 1e-9)
        assert plan.every_share is not None, "validations come by epochs or by shares of the run"
        return int(point.share / plan.every_share + 1e-9)

    def _validate(self, curves: Curves | None) -> None:
        point = self._point()
        self.state.validations = self.fabric.broadcast(self._validations_planned(point))
        self.state.judged_step = self.state.step
        chosen = spread(len(self._run.validation), self.config.validation.cases)
        with self._run.averaged_weights():
            counts = count_validation(self._run.network, self._run.validation, chosen, self.fabric)
            found = score_histogram(counts)
            self._keep_best(found)
        if curves:
            curves.add("validation", self.state.step, asdict(found))
            self._progress.update("validation", min(point.share, 1.0), (
                f"step {self.state.step}, loss {found.loss:.4f}, Dice {found.dice:.3f} at {found.threshold:.2f}, "
                f"sensitivity {found.sensitivity:.3f}, PPV {found.ppv:.3f}"))

    def _keep_best(self, found: HistogramScore) -> None:
        score = found.loss if self.config.validation.select == "loss" else -found.dice
        if not score < self.state.best_score:
            return
        self.state.best_score, self.state.best_step = score, self.state.step
        if self.fabric.is_global_zero:
            save_checkpoint({"digest": self._run.digest, "step": self.state.step,
                             "network": self._run.network.state_dict(), "judgement": asdict(found)},
                            self._folder / "best.pt")
