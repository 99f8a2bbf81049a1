from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.ct.image_quality import ImageQuality
from icac.ct.scan import CTScan
from icac.geometry import Frame, Volume
from icac.registration import Registration
from icac.simulate.implant.implant import implant, with_arteries
from icac.simulate.implant.real_scan import RealScan
from icac.simulate.patient.burden import Burden
from icac.simulate.patient.calcification import Calcification
from icac.simulate.patient.lesions import Lesion
from icac.simulate.patient.texture import draw_texture
from icac.simulate.patient.wall import Wall
from icac.simulate.scanner.imaging import SliceImager
from icac.simulate.scanner.slices import Slices


def frame(tilt: float = 0.0, pixel: float = 0.5, step: float = 1.0) -> Frame:
    affine = np.diag([pixel, pixel, step, 1.0])
    affine[1, 2] = np.tan(np.radians(tilt)) * step
    affine[:3, 3] = (-2.0, -18.0, -14.0)
    return Frame(affine, (44, 60, 24))


@pytest.fixture
def make_real(courses):
    def make(where: Frame, hu: float = 45.0, noise: float = 9.0, numbers=None) -> RealScan:
        array = np.random.default_rng(0).normal(hu, noise, where.shape)
        volume = Volume(np.rint(array).astype(np.int16), where)
        slices = Slices.of_volume(volume, 1.0)
        if numbers is not None:
            slices = slices.taken(numbers)
        scan = CTScan(volume, Path("head"), "nrrd", {"sha256": "0", "kvp": "120"})
        registration = Registration(np.eye(4), 0.8, 1.0, None)
        return RealScan(scan, slices, registration, courses, ImageQuality(0.9, noise), 0.9)

    return make


@pytest.fixture
def calcification(courses) -> Calcification:
    """One dense plaque of the left siphon."""
    wall = Wall(courses[Side.LEFT])
    s = float(wall.s[np.argmin(np.linalg.norm(wall.course.points - (8.0, -4.0, 0.0), axis=1))])
    texture = draw_texture(np.random.default_rng(0), 3.0, 0.0, 0.0)
    lesion = Lesion(wall, Segment.C4, "short arc", "intimal", s, 0.5, 6.0, 1.5, 2.0, 900.0, texture)
    return Calcification(Burden("intimal", {Side.RIGHT: 0.0, Side.LEFT: 30.0}), (lesion,))


@pytest.mark.parametrize("tilt", [0.0, 17.0])
def test_only_calcified_voxels_change_and_noise_stays(make_real, calcification, tilt):
    real = make_real(frame(tilt))
    slices, labels, _ = implant(real, calcification)
    quiet, same, _ = implant(make_real(frame(tilt), noise=0.0), calcification)
    added = slices.hu.astype(float) - real.slices.hu
    np.testing.assert_allclose(added, quiet.hu - 45.0, atol=8.0)
    assert added.min() >= 0
    far = (quiet.hu == 45)
    assert far.mean() > 0.9
    assert np.array_equal(slices.hu[far & (added == 0)], real.slices.hu[far & (added == 0)])
    assert (slices.hu[labels > 0] >= 130).all()
    assert (labels != same).mean() < 0.0005
    assert slices.own_frame().matches(real.scan.volume.frame, 1e-6)
    assert real.slices.hu.max() < 130, "the background itself is not touched"


@pytest.mark.parametrize("numbers", [None, np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22])])
def test_the_truth_lies_on_the_plaque(make_real, calcification, numbers):
    real = make_real(frame(12.0), numbers=numbers)
    slices, labels, _ = implant(real, calcification)
    index = np.argwhere(labels > 0)
    points = slices.positions[index[:, 0]] + (index[:, :0:-1] * slices.spacing) @ slices.orientation
    assert len(points) > 30
    np.testing.assert_allclose(points.mean(axis=0), calcification.lesions[0].center, atol=0.4)


def test_a_plaque_within_bone_is_not_implanted(make_real, calcification):
    real = make_real(frame(), hu=600.0)
    slices, labels, _ = implant(real, calcification)
    assert not labels.any()
    assert np.array_equal(slices.hu, real.slices.hu)


def test_a_bare_skull_gets_soft_tissue_around_its_carotids(make_real, calcification):
    dry = make_real(frame(12.0), hu=-1000.0)
    wet = with_arteries(dry, np.random.default_rng(0))
    hu = wet.scan.volume.resample(Frame.regular((1.0, 1.0, 1.0), (1, 1, 1), origin=calcification.lesions[0].center))
    assert 20 < hu.array[0, 0, 0] < 70
    assert wet.slices.hu.max() < 130
    changed = dry.scan.volume.frame.to_lps(np.argwhere(wet.slices.hu != dry.slices.hu)[:, ::-1])
    distance = np.min([course.nearest(changed).distance_mm for course in dry.courses.values()], axis=0)
    assert 4 < distance.max() < 9
    in_air, in_tissue = (np.count_nonzero(implant(real, calcification)[1]) for real in (dry, wet))
    assert in_tissue > 1.3 * in_air


@pytest.mark.parametrize("fwhm", [0.8, 1.6])
def test_objects_keep_their_mass_and_are_as_wide_as_the_blur(fwhm):
    slices = Slices.of_volume(Volume(np.zeros((20, 60, 60), np.int16), Frame.regular((0.25, 0.25, 0.5), (60, 60, 20))),
                              1.0)
    imager = SliceImager(slices, fwhm)
    low, high = np.array([7.0, 7.0, 4.5]), np.array([7.4, 7.4, 4.9])
    box = imager.box(low, high)
    fine = imager.fine_frame(low, high, 0.2)
    image = imager.image(np.full(fine.shape, 1000.0, np.float32), fine, box)
    assert image.sum() * 0.25 * 0.25 * 0.5 == pytest.approx(1000 * fine.voxel_volume_mm3 * np.prod(fine.size), rel=0.02)
    profile = image.sum(axis=(0, 1))
    x = np.arange(len(profile)) * 0.25
    center = np.average(x, weights=profile)
    sd = np.sqrt(np.average((x - center) ** 2, weights=profile))
    width = 0.2 * fine.size[0]
    assert 2.3548 * np.sqrt(sd**2 - width**2 / 12) == pytest.approx(fwhm, rel=0.06)
