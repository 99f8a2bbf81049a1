"""From the button to the figures with nothing replaced: launcher, child, command line, registration, a network.

The CT is the reference head. The network is small and was never trained, so what it marks means nothing; that it
marks only calcium-dense voxels of the CT in the scene, and says which network it was, must hold all the same.
"""

from __future__ import annotations

import numpy as np
import pytest
from icac.calcium import CALCIUM_HU
from icac.geometry import Frame, lps_to_ras


@pytest.fixture
def untrained(tmp_path):
    """Return the folder of a package with random weights that mark about half of the voxels."""
    torch = pytest.importorskip("torch")
    from icac.models.package import save_package
    from icac.models.spec import IntensityScaling, ModelSpec
    from icac.network import FCN, FcnConfig

    torch.manual_seed(3)
    config = FcnConfig(width=1, dropout="none", deep_supervision=False)
    spec = ModelSpec(name="untrained", version="0.1", description="random weights", architecture=config,
                     intensity=IntensityScaling(-100, 1000, 0, 500), training_data="none", licence="CC0-1.0",
                     simulated=False, notice="These weights were never trained.")
    return save_package(tmp_path / "untrained", spec, FCN(config).state_dict()).folder


@pytest.fixture
def head(slicer):
    """Put the reference head into the scene, as a CT of 3 mm slices."""
    from icac.reference import load_reference

    volume = load_reference().volume
    extent_mm = np.array(volume.frame.size) * volume.frame.spacing
    spacing = np.array([1.25, 1.25, 3.0])
    frame = Frame.regular(tuple(spacing), tuple((extent_mm / spacing).astype(int)), origin=volume.frame.origin)
    volume = volume.resample(frame, outside=-1000)
    ijk_to_ras = volume.frame.affine.copy()
    ijk_to_ras[:3] = lps_to_ras(ijk_to_ras[:3].T).T
    return slicer.util.addVolumeFromArray(volume.array, ijkToRAS=ijk_to_ras, name="Reference head")


def test_button_to_figures(panel, slicer, head, untrained, python_slicer, segment):
    launcher = python_slicer()
    launcher.write_text(launcher.read_text().replace('"$@"', f'"$@" --model "{untrained}" --device cpu'))
    panel.enter()
    segment()
    assert panel.ui.statusLabel.text == "Done: Reference head ICAC"
    segmentation = panel.ui.resultSelector.currentNode()
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "ICAC", head) > 0
    assert (slicer.util.arrayFromVolume(head)[mask] >= CALCIUM_HU).all()
    assert segmentation.GetAttribute("ICAC.model") == "untrained"
    assert "never trained" in panel.ui.noticeLabel.text
    both = float(panel.ui.resultTable.item(2, 1).text().split()[0])
    voxel_mm3 = abs(np.linalg.det(head_axes(head)))
    assert both == pytest.approx(mask.sum() * voxel_mm3, abs=0.06)


def head_axes(volume) -> np.ndarray:
    import slicer
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)[:3, :3]
