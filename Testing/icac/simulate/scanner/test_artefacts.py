from __future__ import annotations

import numpy as np
from icac.simulate.scanner.artefacts import bone_artefacts


def petrous_ridges() -> np.ndarray:
    """Two dense blocks left and right of brain, 0.5 mm voxels."""
    hu = np.full((8, 160, 220), 35.0, dtype=np.float32)
    hu[:, 60:100, 15:75] = 1200.0
    hu[:, 60:100, 145:205] = 1200.0
    return hu


def test_a_dark_band_lies_between_two_dense_bones():
    error = bone_artefacts(petrous_ridges(), 0.5, 1.0, 0.0, np.random.default_rng(0))
    between = error[4, 65:95, 100:120].mean()
    away = error[4, 5:25, 100:120].mean()
    assert -80 < between < -8
    assert between < away - 8


def test_streaks_run_between_dense_bones_and_not_where_there_are_none():
    streaks = bone_artefacts(petrous_ridges(), 0.5, 0.0, 1.0, np.random.default_rng(0))
    assert 1.0 < streaks[:, 65:95, 100:120].std() < 40
    flat = bone_artefacts(np.full((4, 80, 80), 35.0, np.float32), 0.5, 1.0, 0.0, np.random.default_rng(0))
    assert np.abs(flat).max() < 0.1
