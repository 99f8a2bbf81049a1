from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from icac.ct.image_quality import ImageQuality
from icac.ct.scan import CTScan
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.phantom import Rendered, mean_head
from icac.realism import compare
from icac.realism.compare import Comparison
from icac.realism.counterpart import DrySkull, is_dry, matched_acquisition
from icac.realism.measures import BIN_EDGES, histogram_distance, measure, noise_spectrum
from icac.realism.save import save_comparisons
from icac.realism.skull_base import SkullBase, plane_image
from icac.registration import Registration
from icac.simulate.implant.real_scan import RealScan
from icac.simulate.scanner.acquisition import Acquisition, draw_pose
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan_grid import ScanGrid
from icac.simulate.scanner.slices import Slices


def skull_base(name: str, seed: int, dense: float = 900.0, pose: np.ndarray | None = None) -> SkullBase:
    """A block of bone and a bubble of air in soft tissue around the carotids; 1 x 1 x 2 mm."""
    pose = np.eye(4) if pose is None else pose
    frame = Frame.regular((1.0, 1.0, 2.0), (160, 150, 40), center=tuple(pose[:3, :3] @ (0, 3, -7) + pose[:3, 3]))
    hu = np.random.default_rng(seed).normal(40, 5, frame.shape)
    hu[10:30, 60:90, 50:80] = dense
    hu[10:20, 20:50, 90:130] = -1000
    volume = Volume(np.rint(hu).astype(np.int16), frame)
    return SkullBase.of_slices(name, Slices.of_volume(volume, 2.0), volume, pose)


def test_only_the_box_of_the_network_counts():
    base = skull_base("a", 0)
    assert base.values.size * 2.0 == pytest.approx(120 * 120 * 50, rel=0.06)
    turned = skull_base("a", 0, pose=draw_pose(np.random.default_rng(1), 6.0, 30.0))
    assert turned.values.size == pytest.approx(base.values.size, rel=0.06)


def test_measures_are_those_of_the_block():
    measures = measure(skull_base("a", 0))
    assert measures.dense_share == pytest.approx(20 * 30 * 30 * 2 / (120 * 120 * 50), rel=0.05)
    assert measures.dense_median_hu == 900
    assert measures.shares["air"] == pytest.approx(10 * 30 * 40 * 2 / (120 * 120 * 50), rel=0.05)
    assert measures.outline_per_mm == pytest.approx(4 * 30 / 900, rel=0.01)
    assert measures.noise_sd_hu == pytest.approx(5, rel=0.15)
    assert measures.histogram.sum() == pytest.approx(1)
    assert sum(measures.shares.values()) == pytest.approx(1)


def test_histogram_distance_is_the_shift():
    first, second = np.zeros(len(BIN_EDGES) - 1), np.zeros(len(BIN_EDGES) - 1)
    first[60], second[68] = 0.4, 0.2
    first[5], second[5] = 0.6, 0.8
    assert histogram_distance(first, first) == 0
    assert histogram_distance(first, second, 130) == pytest.approx(200)


def test_white_noise_has_a_flat_spectrum_of_its_variance():
    blocks = np.random.default_rng(0).normal(0, 7, (400, 16, 16))
    spectrum = noise_spectrum(blocks, 0.5)
    np.testing.assert_allclose(spectrum[np.isfinite(spectrum)], 49 * 0.25, rtol=0.12)


def test_planes_are_those_of_the_head():
    pose = np.eye(4)
    pose[:3, 3] = (20, -30, 400)
    base = skull_base("a", 0, pose=pose)
    image = plane_image(base, -7.0, 1.0)
    assert image.shape == (120, 120)
    dense = np.argwhere(image > 500)
    # The block lies between x = -29.5 and 0.5 and y = -11.5 and 18.5 mm of the head; the picture begins at -59.75.
    np.testing.assert_allclose(dense.mean(axis=0), (3.5 + 56.75, -15 + 59.75), atol=1.0)


def test_a_bare_skull_is_bone_in_air():
    head = mean_head()
    frame = Frame.regular((3.0, 3.0, 3.0), (30, 30, 8), center=(0, 10, -7))
    whole, bare = head.render(frame), DrySkull(head).render(frame)
    assert isinstance(bare, Rendered)
    assert bare.hu[whole.bone == 0].max() == -1000
    np.testing.assert_allclose(bare.hu[whole.bone == 1], whole.hu[whole.bone == 1], atol=0.01)
    assert not is_dry(skull_base("a", 0))


def test_simulated_slices_pass_through_the_head_as_the_real_ones_do():
    pose = draw_pose(np.random.default_rng(2), 8.0, 40.0)
    tilt = np.radians(18.0)
    affine = np.eye(4)
    affine[:3, :3] = np.array([(0.5, 0, 0), (0, 0.5 * np.cos(tilt), 0.5 * np.sin(tilt)), (0, 0, 3.0)]).T
    affine[:3, 3] = pose[:3, 3] - (40, 40, 40)
    volume = Volume(np.zeros((30, 160, 160), np.int16), Frame(affine, (160, 160, 30)))
    slices = Slices.of_volume(volume, 3.0)
    real = RealScan(CTScan(volume, Path("x"), "nrrd", {"kvp": "118"}), slices, Registration(pose, 0.8, 1.0, None), {
        side: course.transformed(pose) for side, course in mean_head().courses.items()}, ImageQuality(1.0, 7.0), 1.0)
    base = SkullBase.of_slices("x", slices, volume, pose)
    acquisition = matched_acquisition(real, base)
    grid = ScanGrid(acquisition, Frame.regular((1, 1, 1), (20, 20, 20)), np.random.default_rng(0))
    own = np.linalg.inv(pose)[:3, :3] @ slices.axes[:, 2]
    theirs = np.linalg.inv(acquisition.pose)[:3, :3] @ grid.gantry_axes[:, 2]
    np.testing.assert_allclose(own, theirs, atol=1e-9)
    assert (acquisition.kv, acquisition.thickness_mm) == (120, 3.0)
    # The most even tenth of the blocks shows less than all of the noise.
    assert 7.0 < acquisition.noise_sd < 10.0
    assert acquisition.increment_mm == pytest.approx(3.0 * np.cos(tilt))


def test_tables_and_pictures_are_written(tmp_path):
    pytest.importorskip("matplotlib")
    real, simulated = skull_base("real.nii.gz", 0, 1000), (skull_base("simulated 1", 1), skull_base("simulated 2", 2))
    acquisition = Acquisition("stroke", 1.0, 2.0, 2.0, Kernel(1.0), 5.0)
    comparison = Comparison(real, simulated, measure(real), tuple(measure(s) for s in simulated), acquisition, False)
    summary = save_comparisons([comparison], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"realism.md", "realism.csv", "real_bone.png", "real_soft.png",
                                                          "real_curves.png"}
    rows = {row["quantity"]: row for row in csv.DictReader((tmp_path / "realism.csv").read_text().splitlines())}
    assert float(rows["median HU of at least 130 HU"]["real"]) == 1000
    assert float(rows["median HU of at least 130 HU"]["simulated"]) == 900
    assert float(rows["histogram distance from 130 HU on"]["simulated"]) == pytest.approx(100)
    assert rows["contact of ICAC with bone"]["real"] == ""
    assert "## real.nii.gz" in summary.read_text(encoding="utf-8")


def test_no_cases_is_an_error():
    with pytest.raises(InputError, match="at least one"):
        compare("head.nii.gz", 0)
