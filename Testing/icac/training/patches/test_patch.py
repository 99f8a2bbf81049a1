import numpy as np
import pytest
import torch
from icac.errors import InputError
from icac.network import FCN, FcnConfig
from icac.training.patches.patch import PatchGeometry, PatchSampler, cut, cut_patch, truth_and_mask
from icac.training.settings.config import Sampling
from icac.trainingset.cases import CaseArrays, IcacIndex
from icac.trainingset.drawn import UNKNOWN

NETWORK = FcnConfig().geometry
GEOMETRY = PatchGeometry.for_output((4, 8, 12), NETWORK)


def test_sizes_fit_the_network_and_waste_nothing():
    assert PatchGeometry.for_output((62, 96, 96), NETWORK) == PatchGeometry((62, 96, 96), (97, 177, 177), (18, 41, 41))
    assert GEOMETRY.input == (39, 89, 93)
    assert PatchGeometry.for_output((3, 5, 9), NETWORK).output == (4, 8, 12)


@pytest.mark.parametrize("start", [(-3, 2, 1), (5, 6, 7), (-50, -50, -50), (50, 50, 50), (-2, -2, -2), (3, -9, 40)])
def test_cut_equals_padding_first(start):
    array = np.random.default_rng(0).integers(0, 99, (6, 8, 10))
    size = (5, 12, 9)
    for outside, how in ((None, {"mode": "edge"}), (7, {"constant_values": 7})):
        padded = np.pad(array, 80, **how)
        expected = padded[tuple(slice(s + 80, s + 80 + n) for s, n in zip(start, size, strict=True))]
        assert np.array_equal(cut(array, start, size, outside), expected)


def test_truth_lies_under_the_output_of_the_network():
    """A single bright voxel far from any symmetry: the outputs that see it surround its place in the truth."""
    shape = (60, 120, 130)
    hu, label = np.zeros(shape, np.int16), np.zeros(shape, np.uint8)
    voxel, start = (25, 50, 61), (23, 47, 52)
    hu[voxel], label[voxel] = 1000, 1
    patch, truth = cut_patch(CaseArrays(hu, label), GEOMETRY, start)
    under = GEOMETRY.under_output(truth)
    assert under.shape == GEOMETRY.output
    assert np.argwhere(under == 1).tolist() == [[2, 3, 9]]
    assert np.array_equal(GEOMETRY.under_output(patch) > 500, under == 1)

    torch.manual_seed(0)
    network = FCN(FcnConfig(width=1, dropout="none")).double().eval()
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.zeros(1, 1, *GEOMETRY.input, dtype=torch.float64, requires_grad=True)
    out = network(x)
    assert out.shape[2:] == GEOMETRY.output
    out[0, 0, 2, 3, 9].backward()
    seen = np.argwhere(x.grad[0, 0].numpy() != 0)
    place = np.argwhere(patch > 500)[0]
    assert np.array_equal(np.stack([seen.min(0), seen.max(0)], 1), np.array(NETWORK.window((2, 3, 9))))
    assert (np.abs((seen.min(0) + seen.max(0)) / 2 - place) <= (1, 2, 2)).all()


def test_truth_outside_the_case_is_unknown_and_not_counted():
    case = CaseArrays(np.full((40, 90, 95), 200, np.int16), np.ones((40, 90, 95), np.uint8))
    hu, truth = cut_patch(case, GEOMETRY, (-2, 0, 0))
    under = GEOMETRY.under_output(truth)
    assert (under[:2] == UNKNOWN).all() and (under[2:] == 1).all()
    hu = GEOMETRY.under_output(hu)
    icac, mask = truth_and_mask(hu, hu, under, all_voxels=False)
    assert not icac[:2].any() and not mask[:2].any() and mask[2:].all()


def test_dense_voxels_made_by_augmentation():
    original = np.array([[[100, 300, 120, 300, 100, 100]]], np.float32)
    truth = np.array([[[0, 1, 0, 0, 0, 0]]], np.uint8)
    changed = original + 40
    icac, mask = truth_and_mask(changed, original, truth, all_voxels=False)
    # Both neighbours of the plaque became dense and belong to it; bone and its neighbours do not.
    assert icac.ravel().tolist() == [True, True, True, False, False, False]
    assert mask.all()
    icac, mask = truth_and_mask(original - 200, original, truth, all_voxels=False)
    assert not icac.any() and not mask.any()
    assert truth_and_mask(original, original, truth, all_voxels=True)[1].all()


def make_sampler(share: float, course: float, shape=(60, 130, 150), jitter=0.4) -> tuple[PatchSampler, np.ndarray]:
    positions = [np.array([[3, -4, 20]], np.int16), np.zeros((0, 3), np.int16), np.array([[5, 6, -20]], np.int16)]
    hu = np.zeros(shape, np.int16)
    hu[30, 70, 60] = 500
    sampling = Sampling(icac_share=share, course_share=course, jitter=jitter)
    return PatchSampler(IcacIndex(positions), sampling, GEOMETRY, seed=3), hu


def test_patches_hold_the_icac_they_aim_at():
    sampler, hu = make_sampler(1.0, 0.0)
    for number in range(50):
        start = np.array(sampler.output_start(0, hu, np.random.default_rng(number)))
        inside = np.array(hu.shape) // 2 + (3, -4, 20) - start
        assert (inside >= 0).all() and (inside < GEOMETRY.output).all()


def test_hard_negatives_lie_where_other_cases_have_icac():
    sampler, hu = make_sampler(0.0, 1.0, jitter=0.0)
    starts = {sampler.output_start(1, hu, np.random.default_rng(number)) for number in range(20)}
    half = np.array(GEOMETRY.output) // 2
    expected = {tuple(int(v) for v in np.array(hu.shape) // 2 + p - half) for p in ((3, -4, 20), (5, 6, -20))}
    assert starts == expected


def test_input_stays_inside_large_cases():
    sampler, hu = make_sampler(0.0, 0.0)
    first, last = GEOMETRY.starts_inside(hu.shape)
    for number in range(50):
        start = np.array(sampler.output_start(1, hu, np.random.default_rng(number)))
        assert (start >= first).all() and (start <= last).all()
        low = start - GEOMETRY.offset
        assert (low >= 0).all() and (low + GEOMETRY.input <= hu.shape).all()


def test_icac_near_the_border_of_small_cases_is_reached():
    sampler, _ = make_sampler(1.0, 0.0)
    hu = np.zeros((20, 30, 60), np.int16)
    start = np.array(sampler.output_start(0, hu, np.random.default_rng(0)))
    inside = np.array(hu.shape) // 2 + (3, -4, 20) - start
    assert (inside >= 0).all() and (inside < GEOMETRY.output).all()


def test_every_epoch_has_every_case_once():
    sampler, _ = make_sampler(0.5, 0.5)
    assert sorted(sampler.case_of(n) for n in range(3)) == [0, 1, 2]
    assert len({tuple(sampler.case_of(3 * epoch + n) for n in range(3)) for epoch in range(12)}) > 1


def test_a_padded_patch_predicts_itself_but_for_its_border():
    geometry = PatchGeometry.padded((7, 30, 41), NETWORK)
    assert geometry.output == geometry.input == (8, 32, 44)
    assert geometry.offset == (0, 0, 0)
    inner = np.argwhere(geometry.inner())
    assert inner.min(0).tolist() == [3, 8, 8]
    assert inner.max(0).tolist() == [4, 23, 35]
    with pytest.raises(InputError, match="at least 17 x 17 x 7"):
        PatchGeometry.padded((6, 30, 41), NETWORK)


def test_an_artery_does_not_change_what_is_icac():
    hu = np.full((6, 8, 10), 40, np.int16)
    hu[2, 3, 4:8] = 500
    label, artery = np.zeros(hu.shape, np.uint8), np.zeros(hu.shape, np.uint8)
    label[2, 3, 4:6] = 1
    artery[2, 3, 5:9] = 1
    patch, truth = cut_patch(CaseArrays(hu, label, artery), PatchGeometry(hu.shape, hu.shape, (0, 0, 0)), (0, 0, 1))
    assert truth[2, 3].tolist() == [0, 0, 0, 1, 3, 2, 2, 2, 0, UNKNOWN]
    icac, mask = truth_and_mask(patch, patch, truth, all_voxels=False)
    assert np.argwhere(icac).tolist() == [[2, 3, 3], [2, 3, 4]]
    assert np.argwhere(mask).tolist() == [[2, 3, 3], [2, 3, 4], [2, 3, 5], [2, 3, 6]]
