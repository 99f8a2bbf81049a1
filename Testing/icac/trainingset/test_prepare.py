import numpy as np
import pytest
from icac.ct.write import write_volume
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.progress import Silent
from icac.reference import load_reference
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import read_case
from icac.trainingset.manifest import ManifestCase
from icac.trainingset.prepare import on_training_grid, prepare_cases, training_grid, with_truth
from scipy import ndimage


def make_scan() -> tuple[Volume, Volume]:
    """A plaque near the left carotid and bone on the right, in a scan space 30 mm off the reference space."""
    frame = Frame.regular((0.5, 0.5, 1.0), (200, 200, 80), center=(30.0, 3.0, -7.0))
    hu = np.full(frame.shape, 40, np.int16)
    i, j, k = np.round(frame.to_index(np.array([42.0, 3.0, -10.0]))).astype(int)
    hu[k - 1:k + 2, j - 2:j + 3, i - 2:i + 3] = 500
    hu[k - 1:k + 2, j - 2:j + 3, i - 60:i - 55] = 800
    region = np.zeros(frame.shape, np.uint8)
    region[k - 3:k + 4, j - 6:j + 7, i - 6:i + 7] = 1
    return Volume(hu, frame), Volume(region, frame)


def test_plaque_arrives_at_its_place_in_reference_space():
    scan, region = make_scan()
    reference_to_scan = np.eye(4)
    reference_to_scan[0, 3] = 30.0
    case = on_training_grid(scan, region, reference_to_scan)
    grid = training_grid()
    assert case.hu.shape == case.label.shape == grid.shape
    center = grid.to_lps(np.argwhere(case.label == 1)[:, ::-1]).mean(0)
    assert center == pytest.approx([12.0, 3.0, -10.0], abs=0.6)
    assert (case.hu[case.label == 1] >= 130).all()
    # The scan by itself, sampled where the voxels of the grid lie in it.
    shift = np.array([30.0, 0, 0])
    index = np.moveaxis(scan.frame.to_index(grid.to_lps(np.moveaxis(np.indices(grid.size), 0, -1)) + shift), -1, 0)
    hu, inside = (ndimage.map_coordinates(volume.array.astype(np.float32), index[::-1], order=1, mode="nearest").T
                  for volume in (scan, region))
    np.testing.assert_array_equal(case.label > 0, (hu >= 130) & (inside >= 0.5))
    assert ((case.hu >= 130) & (case.label == 0)).any(), "bone does not count"


def test_training_grid_holds_the_network_grid_and_its_margin():
    grid = training_grid()
    assert grid.size == (322, 322, 136)
    assert grid.to_lps(np.array([160.5, 160.5, 67.5])) == pytest.approx([0.0, 3.0, -7.0])


@pytest.mark.parametrize("shear", [0.0, 0.3])
def test_truth_on_the_scan_is_what_is_dense_within_the_region(shear):
    scan, region = make_scan()
    affine = scan.frame.affine.copy()
    affine[1, 2] += shear  # a tilted gantry: every slice lies further back
    frame = Frame(affine, scan.frame.size)
    reference_to_scan = np.eye(4)
    reference_to_scan[:2, 3] = 30.0, shear * 40
    part = CaseScan.around_carotids(Volume(scan.array, frame), Volume(region.array, frame), reference_to_scan)
    case = with_truth(part.ct, Volume(region.array, frame), reference_to_scan)
    assert case.ct.frame.is_sheared == (shear > 0)
    assert case.ct.array.size < scan.array.size
    inside = (scan.array >= 130) & (region.array > 0)
    assert case.icac.array.sum() == inside.sum() == 75
    np.testing.assert_allclose(case.icac.frame.to_lps(np.argwhere(case.icac.array)[:, ::-1]).mean(0),
                               frame.to_lps(np.argwhere(inside)[:, ::-1]).mean(0), atol=1e-6)


def test_a_scan_without_carotids_is_refused():
    scan, region = make_scan()
    with pytest.raises(InputError, match="no carotid lies within this scan"):
        CaseScan.around_carotids(scan, region, np.eye(4) + np.diag([400.0], 3))


@pytest.mark.slow
def test_a_damaged_case_in_the_cache_is_made_anew(tmp_path):
    head = load_reference().volume
    scan = write_volume(head, tmp_path / "ct.nii.gz")
    region = np.zeros(head.frame.shape, np.uint8)
    region[30:75] = 1  # the slices of the carotids
    roi = write_volume(head.like(region), tmp_path / "roi.nrrd")
    case = ManifestCase("a", "train", scan, roi, "a")
    [path] = prepare_cases([case], tmp_path / "cache", Silent())
    whole, written = read_case(path), path.stat().st_mtime_ns
    assert prepare_cases([case], tmp_path / "cache", Silent()) == [path]
    assert path.stat().st_mtime_ns == written
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    assert prepare_cases([case], tmp_path / "cache", Silent()) == [path]
    again = read_case(path)
    assert again.label.any()
    assert CaseScan.read(path).icac.array.any(), "the scan itself is kept too"
    # How sums are shared among threads decides the last bit of the pose, and so how a few voxels are rounded.
    np.testing.assert_allclose(again.hu, whole.hu, atol=1)
    assert np.count_nonzero(again.hu != whole.hu) + np.count_nonzero(again.label != whole.label) < 1e-4 * whole.hu.size
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_region_beside_the_scan_is_no_case_without_icac(tmp_path):
    scan, region = make_scan()
    away = region.frame.affine.copy()
    away[0, 3] += 500.0
    ct = write_volume(scan, tmp_path / "ct.nrrd")
    roi = write_volume(Volume(region.array, Frame(away, region.frame.size)), tmp_path / "roi.nrrd")
    with pytest.raises(InputError, match="marks no voxel of"):
        prepare_cases([ManifestCase("one", "train", ct, roi, "one")], tmp_path / "cache", Silent())
