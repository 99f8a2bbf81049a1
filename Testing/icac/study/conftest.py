"""Six tiny cases of five patients, and a small block of them that is predicted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from icac.training.calibration import held_out
from icac.trainingset.cases import case_frame

#: Settings of a run of a second: one feature, one output cell of the stride grid and a bit.
TINY = {"network": {"width": 1}, "epochs": 1.0, "steps_per_epoch": 2, "sampling": {"output_size": (12, 8, 4)},
        "recalibration_patches": 0}

SHAPE = (38, 86, 90)


def write_case(path: Path, seed: int) -> None:
    """Write a case with an asymmetric block of bone and a lesion on the patient's right (low x)."""
    rng = np.random.default_rng(seed)
    hu = rng.normal(40, 10, SHAPE).astype(np.int16)
    label = np.zeros(SHAPE, np.uint8)
    hu[4:20, 10:41, 20:60] = 900
    size = 3 + seed % 3
    hu[17:20, 42:46, 33:33 + size] = 350
    label[17:20, 42:46, 33:33 + size] = 1
    np.savez_compressed(path, hu=hu, label=label)


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a manifest with two protocols; patient p0 has two cases."""
    folder = tmp_path_factory.mktemp("cohort")
    rows = ["case,split,patient,protocol"]
    splits = ("train", "train", "train", "validation", "test", "test")
    for number, split in enumerate(splits):
        write_case(folder / f"case{number}.npz", number)
        rows.append(f"case{number},{split},p{max(0, number - 1)},{'thin' if number % 2 else 'thick'}")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def small_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predict a small block around the lesion instead of the whole region of the carotids, for speed."""
    frame = case_frame(SHAPE).crop((24, 36, 12), (32, 12, 10))
    monkeypatch.setattr(held_out, "analysed", lambda: (frame, np.ones(frame.shape, dtype=bool)))


@pytest.fixture(scope="session")
def tiny_settings() -> dict:
    return TINY
