from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from icac.ct import CTScan, check_ct, read_ct
from icac.errors import InputError
from icac.geometry import Frame, Volume


@pytest.fixture
def scan(head):
    return CTScan(head, Path("head.nii.gz"), "nifti", {"modality": "CT", "slice_thickness_mm": "2"})


def with_array(scan, array):
    return replace(scan, volume=scan.volume.like(array))


def with_frame(scan, array, spacing):
    return replace(scan, volume=Volume(array, Frame.regular(spacing, array.shape[::-1])))


def refused(scan, match):
    with pytest.raises(InputError, match=match) as caught:
        check_ct(scan)
    text = str(caught.value)
    assert "head.nii.gz" in text and "\n" not in text and text.endswith(".")


def test_a_good_head_has_no_findings(scan):
    assert check_ct(scan) == []


def test_another_modality(scan):
    refused(replace(scan, identity={"modality": "MR"}), "not a CT but MR")


def test_pictures_and_wrong_scales(scan):
    hu = scan.volume.array
    refused(with_array(scan, np.clip((hu + 100) / 5, 0, 255).astype(np.int16)), "picture of a CT")
    refused(with_array(scan, (hu + 1024).astype(np.int16)), "1024 was not subtracted")
    refused(with_array(scan, np.where(hu < -500, 0, hu).astype(np.int16)), "without air near -1000")


@pytest.mark.parametrize(("change", "said"), [
    (lambda hu: np.round((hu + 1024) / 16) * 16 - 1024, "in steps of about 16 HU"),
    (lambda hu: np.minimum(hu, 400), "The values end at 400 HU"),
    (lambda hu: np.where(hu < -1000, 0, hu), r"\d\d% of the voxels have exactly 0 HU, so air or tissue was blanked"),
    (lambda hu: hu + 24, r"about (58|59) HU where brain"),
    (lambda hu: (hu + 1000) * 0.975 - 1000, r"about (8|9|10) HU where"),
])
def test_values_that_can_be_hu_only_in_part_are_warned_of(scan, change, said):
    warning, = check_ct(with_array(scan, change(scan.volume.array.astype(np.float32))))
    assert re.search(said, warning)


def test_values_that_are_no_numbers(scan):
    hu = scan.volume.array.astype(np.float32)
    hu[3, 4, 5:7] = np.nan, np.inf
    refused(with_array(scan, hu), "has 2 voxels that are not numbers")


def test_too_few_too_distant_or_too_wide(scan):
    hu = scan.volume.array
    refused(with_frame(scan, hu[:6], (1, 1, 7)), "has 6 slices")
    refused(with_frame(scan, hu[::4], (1, 1, 8)), "8.0 mm apart")
    refused(with_frame(scan, hu, (2, 2, 2)), "2.00 mm wide")
    refused(with_frame(scan, hu[30:40], (1, 1, 2)), "covers only 20 x 190 mm")
    refused(with_frame(scan, hu[:, 90:140, 60:140], (1, 1, 2)), "covers only 50 x 80 mm")


def test_slice_distance_of_a_sheared_frame_is_across_the_slices(scan):
    affine = np.diag([1.0, 1, 7.4, 1])
    affine[1, 2] = 3.0  # the step from slice to slice is 8 mm long, their distance 7.4
    hu = scan.volume.array[::4]
    check_ct(replace(scan, volume=Volume(hu, Frame(affine, hu.shape[::-1]))))


def test_no_head(scan):
    hu = scan.volume.array
    refused(with_array(scan, np.where(hu > 200, 40, hu)), "shows no head")
    wide = np.kron(hu, np.ones((1, 2, 2), dtype=np.int16))  # a body twice as wide, such as a pelvis
    refused(with_frame(scan, wide, (1, 1, 2)), "shows no head")


def test_any_order_of_axes_is_fine(scan):
    affine = scan.volume.frame.affine[:, [2, 0, 1, 3]]
    turned = Volume(np.ascontiguousarray(scan.volume.array.transpose(1, 2, 0)), Frame(affine, (80, 190, 220)))
    assert check_ct(replace(scan, volume=turned)) == []


def test_thick_slices_sharp_kernels_and_metal_are_warned_of(scan):
    hu = scan.volume.array.copy()
    hu[40, 100:105, 90:95] = 3071
    identity = {"slice_thickness_mm": "4 to 7", "kernel": "H60s\\3"}
    thick, kernel, metal = check_ct(replace(with_array(scan, hu), identity=identity))
    assert "up to 7.0 mm thick" in thick and "sharp kernel H60s" in kernel and "50 mm3" in metal


@pytest.mark.parametrize(("kernel", "sharp"), [
    ("H31s", False), ("H60s", True), ("Hr40f", False), ("Hr60f", True), ("B70f", True), ("STANDARD", False),
    ("STD+", False), ("BONEPLUS", True), ("UB", False), ("YB", True), ("FC26", False), ("FC30", True), ("", False)])
def test_kernels(scan, kernel, sharp):
    warnings = check_ct(replace(scan, identity={"kernel": kernel, "slice_thickness_mm": "2"}))
    assert any("sharp kernel" in w for w in warnings) is sharp


def vessels(frame, hu, density):
    """Draw branching vessels of 3 mm through the brain: up along the midline, out to both sides, and back."""
    z, y, x = frame.to_lps(np.moveaxis(np.indices(frame.size), 0, -1)).transpose(3, 2, 1, 0)[::-1]
    out = hu.copy()
    for x0, y0 in ((1, -20), (-38, 0), (40, 2), (-25, 30), (28, 28), (0, 40)):
        out[((x - x0 - 0.2 * z) ** 2 + (y - y0) ** 2 < 2.2**2) & (np.abs(z - 20) < 34)] = density
    for z0 in (0, 30):
        out[((z - z0) ** 2 + (y + 10) ** 2 < 2.2**2) & (np.abs(x) < 45)] = density
    return out


def test_contrast_in_vessels_is_seen_and_clots_are_not(scan):
    frame, hu = scan.volume.frame, scan.volume.array
    assert any("contrast-enhanced" in w for w in check_ct(with_array(scan, vessels(frame, hu, 320))))
    assert check_ct(with_array(scan, vessels(frame, hu, 80))) == []


def test_normal_calcifications_are_no_contrast(scan):
    hu = scan.volume.array.copy()
    index = np.rint(scan.volume.frame.to_index([(0, 20, 10), (-25, 30, 15), (26, 31, 14)])).astype(int)
    for i, j, k in index:
        hu[k - 3:k + 4, j - 5:j + 6, i - 4:i + 5] = 350  # pineal gland and choroid plexus, generously
    assert check_ct(with_array(scan, hu)) == []


@pytest.mark.parametrize(("agent", "named"), [("Iohexol 350", True), ("NONE", False), ("", False)])
def test_the_agent_in_the_header_counts(scan, agent, named):
    warnings = check_ct(replace(scan, identity={"contrast_agent": agent, "slice_thickness_mm": "2"}))
    assert any("contrast-enhanced" in w for w in warnings) is named


def test_real_scans_are_accepted(shared_data):
    warnings = check_ct(read_ct(shared_data / "head_ct_ge"))
    assert len(warnings) == 1 and "up to 7.0 mm thick" in warnings[0]
    for name in ("skull_phantom_philips_1mm", "skull_phantom_philips_tilted"):
        warnings = check_ct(read_ct(shared_data / name))
        assert len(warnings) == 1 and "little soft tissue" in warnings[0]


def test_contrast_painted_into_a_real_scan_is_seen(shared_data):
    scan = read_ct(shared_data / "head_ct_ge")
    middle = scan.volume.frame.to_lps((256, 300, 22))
    coarser = scan.volume.resample(Frame.regular((1, 1, 2), (240, 240, 90), center=tuple(middle)), outside=-1024)
    assert not any("contrast-enhanced" in w for w in check_ct(replace(scan, volume=coarser)))
    centered = Frame.regular((1, 1, 2), (240, 240, 90), center=(0, 0, 0))
    painted = replace(scan, volume=coarser.like(vessels(centered, coarser.array, 350)))
    assert any("contrast-enhanced" in w for w in check_ct(painted))


def test_a_template_that_is_not_in_hu_is_refused(shared_data):
    template = read_ct(shared_data / "head_ct_template_2mm.nii")
    fine = template.volume.resample(Frame.regular((1, 1, 1), (180, 216, 180), center=template.volume.frame.to_lps(
        np.array(template.volume.frame.size) / 2)))
    with pytest.raises(InputError, match=r"not HU|not subtracted"):
        check_ct(replace(template, volume=fine))
