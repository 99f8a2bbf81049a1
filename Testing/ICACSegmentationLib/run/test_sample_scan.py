"""The sample scan: offered in Sample Data, made by the program on request, and kept when its file is gone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"


@pytest.fixture
def offered(slicer, module, python_slicer):
    """Return the entry of the list, after the application has started."""
    from SampleData import SampleDataLogic

    python_slicer(PROGRAM)
    slicer.app.startupCompleted.emit()
    return SampleDataLogic.sources["ICAC Segmentation", "Simulated head CT"]


def test_the_scan_comes_into_the_scene_and_would_be_saved(slicer, offered, wait_until):
    assert Path(offered.thumbnailFileName).is_file()
    offered.customDownloader(offered)
    wait_until(lambda: slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"))
    [volume] = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    assert volume.GetName() == "Simulated head CT"
    assert np.array_equal(slicer.util.arrayFromVolume(volume).ravel(), np.arange(120))
    assert volume.GetStorageNode() is None
    wait_until(lambda: not list(Path(slicer.app.temporaryPath).glob("icac-*")))


def test_a_failure_is_told(slicer, offered, monkeypatch, wait_until):
    told = []
    monkeypatch.setenv("ICAC_TEST", "fail")
    monkeypatch.setattr(slicer.util, "errorDisplay", lambda text, **more: told.append(text))
    offered.customDownloader(offered)
    wait_until(lambda: told)
    assert told == ["The sample scan could not be made."]
    assert not slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
