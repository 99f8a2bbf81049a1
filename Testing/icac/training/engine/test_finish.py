from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from icac.logit_histogram import count_logits
from icac.models import ModelPackage
from icac.progress import Silent
from icac.training.engine import finish as finishing
from icac.training.engine.checkpoint import load_checkpoint, save_checkpoint
from icac.training.engine.finish import finish
from icac.training.engine.loop import Trainer
from icac.training.engine.setup import Run
from icac.training.settings.read import read_config
from icac.trainingset.manifest import read_manifest
from lightning.fabric import Fabric

STEM = "stages.stem.weight"


@pytest.fixture
def data(tiny_data: Path) -> Path:
    """The cases with two of them for validation."""
    path = tiny_data / "two.csv"
    path.write_text("case,split\ncase0,train\ncase1,validation\ncase2,train\ncase3,validation\n")
    return path


def finished(data: Path, folder: Path, settings: dict, monkeypatch, last_is_better: bool) -> ModelPackage:
    """Finish a run whose kept weights are 7 in the stem, after judges that like these or the last ones better."""
    folder.mkdir()
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    trainer = Trainer(Run(read_config("release", settings), read_manifest(data), folder, fabric, Silent()), Silent())
    assert trainer.train()
    kept = load_checkpoint(folder / "best.pt")
    marked = kept["network"] | {STEM: torch.full_like(kept["network"][STEM], 7.0)}
    save_checkpoint({**kept, "step": 1, "network": marked}, folder / "best.pt")

    def counts(network, cases, chosen, _):
        assert list(chosen) == list(range(len(cases))), "judged on all cases"
        is_last = not (network.state_dict()[STEM] == 7.0).all()
        return _separated(len(cases), is_last == last_is_better)

    monkeypatch.setattr(finishing, "count_validation", counts)
    return finish(trainer._run, trainer.state.step, Silent())


def _separated(cases: int, well: bool) -> np.ndarray:
    logits = np.repeat([-3.0 if well else 3.0, 0.0], 100)
    return np.stack([count_logits(logits, np.repeat([False, True], 100))] * cases)


@pytest.mark.parametrize(("cases", "last_is_better", "step"), [(1, True, 6), (1, False, 1), (None, True, 1)])
def test_weights_kept_on_some_cases_must_beat_the_last_ones_on_all(data, tiny_settings, tmp_path, monkeypatch, cases,
                                                                  last_is_better, step):
    """Weights that were kept on all cases have beaten the last ones already."""
    settings = {**tiny_settings, "validation": {**tiny_settings["validation"], "cases": cases},
                "recalibration_patches": 0}
    package = finished(data, tmp_path / "run", settings, monkeypatch, last_is_better)
    assert package.spec.metrics["training"]["step"] == step
    assert bool((package.load_weights()[STEM] == 7.0).all()) == (step == 1)
