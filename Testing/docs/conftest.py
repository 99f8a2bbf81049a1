"""What the commands and examples of the documentation need: a head CT, its result, and small masks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from icac.ct import read_ct, write_volume
from icac.geometry import Frame, Volume
from icac.simulate.scanner.slices import Slices
from icac.simulate.sets.dicom_series import write_series


@pytest.fixture(scope="session")
def demo_results(demo_run) -> Path:
    """Return the folder that the main job leaves."""
    done, folder = demo_run
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def head_ct(demo_results, tmp_path_factory) -> Path:
    """Return the scan of the demo as a folder of DICOM files."""
    folder = tmp_path_factory.mktemp("dicom") / "head_ct"
    folder.mkdir()
    scan = read_ct(demo_results / "simulated_ct.nii.gz")
    write_series(folder, Slices.of_volume(scan.volume, scan.volume.frame.spacing[2]), "demo", "demo")
    return folder


def write_masks(folder: Path, seed: int) -> None:
    """Write three masks with some lesions each, alike but for a few voxels."""
    folder.mkdir()
    for case in range(3):
        mask = np.zeros((12, 20, 16), dtype=np.uint8)
        mask[3:6, 4:9, 2:4 + case] = 1
        mask[8, 15 + seed:18, 10] = 1
        write_volume(Volume(mask, Frame.regular((0.5, 0.5, 1.0), (16, 20, 12))), folder / f"case{case}.nii.gz")


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Path:
    """Return the working folder of commands, with predicted and true masks of three cases; no models of the user."""
    for seed, name in enumerate(("truth", "predicted", "predicted_again")):
        write_masks(tmp_path / name, seed)
    monkeypatch.setenv("ICAC_MODELS", str(tmp_path / "models of the user"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def workspace_with_demo(workspace, demo_results, head_ct) -> Path:
    """Return the working folder after the main job, with its scan as DICOM, as a file and as a cohort, and a region."""
    shutil.copytree(demo_results, workspace / "demo_results")
    shutil.copytree(head_ct, workspace / "head_ct")
    shutil.copytree(head_ct, workspace / "scans" / "one")
    shutil.copy(demo_results / "simulated_ct.nii.gz", workspace / "scan.nii.gz")
    shutil.copy(demo_results / "icac.nii.gz", workspace / "drawn.nii.gz")
    return workspace
