"""The form of plates whose arc, thickness and length are known, around straight arteries, on any voxels."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, Volume
from icac.lesions import Lesion, find_lesions
from icac.lesions.morphometry import morphometry

FRAMES = {
    "fine": Frame.regular((0.25, 0.25, 0.25), (60, 60, 100), origin=(13.0, -7.5, 8.0)),
    "anisotropic": Frame.regular((0.3, 0.35, 1.0), (50, 44, 30), origin=(12.6, -7.5, 5.0)),
    # Right to left, top down, and leaning as with a tilted gantry.
    "tilted": Frame(np.array([[-0.3, 0, 0, 27.5], [0, 0.33, 0.25, -13.0], [0, 0.05, -0.8, 40.0], [0, 0, 0, 1]]),
                    (50, 60, 44)),
}


def plate(frame: Frame, z: tuple[float, float], arc_deg: float, r: tuple[float, float], turn_deg: float = 40.0
          ) -> np.ndarray:
    """Return the voxels of a plate around the left artery, which runs up at x = 20, y = 0 with a radius of 2 mm."""
    points = frame.to_lps(np.moveaxis(np.indices(frame.shape), 0, -1)[..., ::-1])
    x, y, height = points[..., 0] - 20.0, points[..., 1], points[..., 2]
    turn = (np.degrees(np.arctan2(y, x)) - turn_deg + 180.0) % 360.0 - 180.0
    distance = np.hypot(x, y)
    return ((height >= z[0]) & (height <= z[1]) & (np.abs(turn) <= arc_deg / 2)
            & (distance >= r[0]) & (distance <= r[1]))


def lesions_of(mask: np.ndarray, frame: Frame, courses: dict[Side, Course]) -> list[Lesion]:
    hu = np.where(mask, 300.0, 40.0).astype(np.float32)
    return find_lesions(mask, Volume(hu, frame), mask.astype(np.float32), courses).lesions


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize(("arc", "thickness"), [(60.0, 1.0), (150.0, 1.5), (360.0, 1.2)])
def test_a_plate_has_its_extents(frame: Frame, arc: float, thickness: float, straight_courses) -> None:
    r = (2.0 - thickness / 2, 2.0 + thickness / 2)
    (lesion,) = lesions_of(plate(frame, (14.0, 26.0), arc, r), frame, straight_courses)
    form, voxel, pixel = lesion.form, max(frame.spacing), max(frame.spacing[:2])
    assert form.length_mm == pytest.approx(12.0, abs=voxel + 0.05)
    assert form.mean_arc_deg == pytest.approx(arc, abs=max(10.0, 0.06 * arc))  # a voxel is 9 wide
    assert form.max_arc_deg <= 360.0
    assert form.mean_thickness_mm == pytest.approx(thickness, rel=0.17)
    assert form.mean_thickness_mm <= form.section_thickness_mm <= form.max_thickness_mm + 1e-9
    assert form.section_thickness_mm == pytest.approx(thickness, abs=0.45)
    assert thickness * 0.9 <= form.max_thickness_mm <= thickness + 1.2 * pixel
    assert form.lumen_distance_mm == pytest.approx(0.0, abs=0.15)
    assert form.longest_run_mm == form.length_mm


def test_the_arc_forgives_a_course_that_is_off_the_middle(straight_courses) -> None:
    frame = FRAMES["fine"]
    mask = plate(frame, (14.0, 26.0), 60.0, (1.5, 2.5), turn_deg=0.0)
    for shift in (-0.8, 0.8):  # the angle seen from there would be 95 and 44 degrees
        move = np.array([shift, 0.0, 0.0])
        off = {side: Course(side, course.points + move, course.radius_mm, course.segment)
               for side, course in straight_courses.items()}
        assert lesions_of(mask, frame, off)[0].form.mean_arc_deg == pytest.approx(60.0, rel=0.12)


def test_parts_in_segments_add_up_and_lesions_side_by_side_count_once(straight_courses) -> None:
    frame = FRAMES["fine"]
    first = plate(frame, (15.0, 25.0), 50.0, (1.6, 2.4))  # C3 up to z = 20, then C4
    second = plate(frame, (21.0, 29.0), 50.0, (1.6, 2.4), turn_deg=220.0)
    lesions = lesions_of(first | second, frame, straight_courses)
    tallies = [lesion.tally for lesion in lesions]
    whole = morphometry(tallies)
    parts = {segment: morphometry(tallies, (segment,)) for segment in (Segment.C3, Segment.C4)}
    assert whole.lesions == 2 == sum(part.lesions for part in parts.values())
    assert whole.surface_mm2 == pytest.approx(sum(part.surface_mm2 for part in parts.values()))
    assert whole.mass_like_product == pytest.approx(sum(part.mass_like_product for part in parts.values()))
    assert whole.mass_like_product == pytest.approx(sum(lesion.volume_mm3 for lesion in lesions) * 300.0 / 1000.0)
    assert whole.length_mm == pytest.approx(14.0, abs=0.5)
    assert whole.length_mm == pytest.approx(sum(part.length_mm for part in parts.values()))
    assert parts[Segment.C3].length_mm == pytest.approx(5.0, abs=0.5)
    assert whole.opposed_length_mm == pytest.approx(4.0, abs=0.5)
    assert whole.longest_run_mm == pytest.approx(10.0, abs=0.5), "plates on two sides are not one"
    assert whole.mean_arc_deg < whole.max_arc_deg == pytest.approx(100.0, rel=0.15)


@pytest.mark.parametrize(("gap", "run"), [(0.5, 12.0), (2.0, 6.5)])
def test_a_small_gap_does_not_end_a_run_wherever_around_the_lumen_it_is(gap, run, straight_courses) -> None:
    frame = FRAMES["fine"]
    for turn in (0.0, 90.0, 180.0, 270.0):  # one of them lies where the directions begin again
        mask = plate(frame, (14.0, 20.0), 70.0, (1.5, 2.5), turn) | plate(frame, (20.0 + gap, 26.0), 70.0, (1.5, 2.5),
                                                                          turn)
        whole = morphometry([lesion.tally for lesion in lesions_of(mask, frame, straight_courses)])
        assert whole.longest_run_mm == pytest.approx(run, abs=0.75)


def test_both_sides_add_up(straight_courses) -> None:
    frame = Frame.regular((0.5, 0.5, 0.5), (100, 20, 60), origin=(-25.0, -5.0, 8.0))
    left = plate(frame, (14.0, 20.0), 60.0, (1.5, 2.5))
    right = left[:, :, ::-1] if frame.to_lps((99, 0, 0))[0] == 24.5 else left
    lesions = lesions_of(left | np.roll(right, 1, axis=2), frame, straight_courses)
    assert {lesion.side for lesion in lesions} == set(Side)
    whole = morphometry([lesion.tally for lesion in lesions])
    assert whole.length_mm == pytest.approx(sum(lesion.form.length_mm for lesion in lesions))
    assert whole.longest_run_mm == max(lesion.form.longest_run_mm for lesion in lesions)


def test_spread_of_ct_numbers(straight_courses) -> None:
    frame = FRAMES["anisotropic"]
    mask = plate(frame, (14.0, 20.0), 60.0, (1.5, 2.5))
    hu = np.random.default_rng(1).uniform(200, 900, frame.shape).astype(np.float32)
    (lesion,) = find_lesions(mask, Volume(hu, frame), mask.astype(np.float32), straight_courses).lesions
    assert lesion.form.sd_hu == pytest.approx(hu[mask].astype(float).std())
    assert lesion.form.mean_hu == pytest.approx(lesion.mean_hu)


def test_a_single_voxel_has_its_extents(straight_courses) -> None:
    frame = FRAMES["anisotropic"]
    mask = np.zeros(frame.shape, bool)
    i, j, k = np.rint(frame.to_index((22.0, 0.0, 15.0))).astype(int)
    mask[k, j, i] = True
    form = lesions_of(mask, frame, straight_courses)[0].form
    assert form.length_mm == pytest.approx(1.0, abs=0.3)
    assert form.max_thickness_mm == pytest.approx(0.3, abs=0.11)
    assert form.mean_arc_deg == pytest.approx(np.degrees(0.35 / 2.0), abs=5.0)  # rays are 5 degrees apart
    assert form.sd_hu == 0.0
    assert form.surface_mm2 > 0


def test_what_lies_on_no_wall_has_no_form_of_a_wall_but_a_surface(straight_courses) -> None:
    frame = FRAMES["fine"]
    mask = np.zeros(frame.shape, bool)
    mask[40:44, :4, :4] = True  # 9 mm from the centreline
    form = lesions_of(mask, frame, straight_courses)[0].form
    assert form.surface_mm2 > 0
    for name in ("mean_thickness_mm", "max_arc_deg", "length_mm", "lumen_distance_mm"):
        assert np.isnan(getattr(form, name)), name


def test_no_calcium_has_no_length_and_no_known_thickness() -> None:
    form = morphometry([])
    assert (form.lesions, form.length_mm, form.surface_mm2, form.mass_like_product) == (0, 0.0, 0.0, 0.0)
    assert np.isnan(form.mean_thickness_mm) and np.isnan(form.mean_hu) and np.isnan(form.sd_hu)
