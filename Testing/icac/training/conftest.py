"""A few tiny cases: noise, an asymmetric block of bone, and ICAC on one or both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

#: Settings of a run of a few seconds: one feature, one output cell of the stride grid and a bit.
TINY = {"network": {"width": 1, "dropout": "before_addition"}, "epochs": 2.0, "steps_per_epoch": 3,
        "sampling": {"output_size": (12, 8, 4), "padded": False},
        "validation": {"every_epochs": 1.0, "every_share": None}, "checkpoint_minutes": 0.0, "recalibration_patches": 2}


def write_case(path: Path, seed: int) -> None:
    """Write a case of 38 x 86 x 90 voxels (z, y, x)."""
    rng = np.random.default_rng(seed)
    hu = rng.normal(40, 10, (38, 86, 90)).astype(np.int16)
    label = np.zeros(hu.shape, np.uint8)
    hu[4:20, 10:30, 20:60] = 900
    for x in ((30, 62) if seed % 2 else (33,)):
        hu[17:20, 40:44, x:x + 4] = 350
        label[17:20, 40:44, x:x + 4] = 1
    artery = np.zeros(hu.shape, np.uint8)
    artery[15:22, 38:46] = 1
    np.savez_compressed(path, hu=hu, label=label, **({} if seed == 1 else {"artery": artery}))


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    for number in range(4):
        write_case(folder / f"case{number}.npz", number)
    rows = ["case,split", "case0,train", "case1,train", "case2,train", "case3,validation"]
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="session")
def tiny_settings() -> dict:
    return TINY
