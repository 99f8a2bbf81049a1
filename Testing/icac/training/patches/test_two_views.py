from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.network import FcnConfig
from icac.training.patches.patch import PatchGeometry, PatchSampler
from icac.training.patches.two_views import TwoViews, seen_mirrored, shift_of_mirrored
from icac.training.settings.read import read_config
from icac.trainingset.cases import CaseStore, IcacIndex, read_case


def views(tiny_data, tiny_settings, paths=None, preset="bortsova2017", **augmentation) -> TwoViews:
    settings = {**tiny_settings, "augmentation": augmentation, "ema": 0.9, "unlabelled": {"method": "mean_teacher"}}
    config = read_config(preset, {**settings, "network": {"width": 1}})
    network = FcnConfig(width=1)
    paths = paths or [tiny_data / f"case{number}.npz" for number in range(3)]
    geometry = PatchGeometry.for_output((4, 8, 12), network.geometry)
    return TwoViews(CaseStore(paths, 1e9), IcacIndex.of(paths), config, geometry, network, [1, 2])


def test_a_number_is_always_the_same_patch(tiny_data, tiny_settings):
    one, other = (views(tiny_data, tiny_settings, intensity=1.0, noise=1.0)[7] for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_views_differ_in_what_may_differ_and_are_mirrored_as_told(tiny_data, tiny_settings):
    plain = views(tiny_data, tiny_settings, flip=0.5)
    found = [plain[number] for number in range(12)]
    assert {bool(patch["mirrored"]) for patch in found} == {True, False}
    for patch in found:
        back = patch["other_view"].flip(-1) if patch["mirrored"] else patch["other_view"]
        assert torch.equal(patch["view"], back), "nothing else was changed"
    changed = views(tiny_data, tiny_settings, flip=0.0, intensity=1.0, noise=1.0)[3]
    assert not torch.equal(changed["view"], changed["other_view"])


def test_only_what_is_dense_in_both_views_and_in_the_scan_counts(tiny_data, tiny_settings):
    stream = views(tiny_data, tiny_settings, flip=0.5, intensity=1.0, gain=0.3)
    geometry = PatchGeometry.for_output((4, 8, 12), FcnConfig(width=1).geometry)
    for number in range(12):
        patch = stream[number]
        first, second = patch["view"], patch["other_view"]
        second = second.flip(-1) if patch["mirrored"] else second
        dense = [geometry.under_output(view[0].numpy()) >= 0 for view in (first, second)]  # 130 HU is 0 when scaled
        agree = patch["agree"][0].numpy()
        assert not (agree & ~(dense[0] & dense[1])).any()
        if patch["mirrored"]:
            assert not agree[..., ~seen_mirrored(geometry)].any()
    assert any(stream[number]["agree"].any() for number in range(12))


def test_what_the_label_says_is_not_used(tiny_data, tiny_settings, tmp_path):
    """The same scans, with all calcium ICAC: the patches are the same."""
    paths = [tiny_data / f"case{number}.npz" for number in range(3)]
    for number in (1, 2):
        case = read_case(paths[number])
        np.savez(tmp_path / f"case{number}.npz", hu=case.hu, label=np.full_like(case.label, 255))
    unlabelled = [paths[0], tmp_path / "case1.npz", tmp_path / "case2.npz"]
    index = IcacIndex.of(unlabelled)
    assert index.with_icac == [0]
    stream = views(tiny_data, tiny_settings, unlabelled)
    before = [stream[number] for number in range(6)]
    for number in (1, 2):
        np.savez(tmp_path / f"case{number}.npz", hu=read_case(paths[number]).hu,
                 label=np.ones_like(read_case(paths[number]).label))
    again = TwoViews(CaseStore(unlabelled, 1e9), index, stream._config, stream._geometry, FcnConfig(width=1), [1, 2])
    for number in range(6):
        assert all(torch.equal(before[number][name], again[number][name]) for name in ("view", "other_view", "agree"))


def test_cases_without_a_label_are_never_taken_for_cases_without_icac():
    """Of five cases the first has ICAC, the second none, and of the others nothing is known."""
    none = np.zeros((0, 3), np.int16)
    index = IcacIndex([np.ones((4, 3), np.int16), none, none, none, none])
    sampling = read_config("release", {"sampling": {"clean_every": 2}}).sampling
    geometry = PatchGeometry.for_output((4, 8, 12), FcnConfig(width=1).geometry)
    drawn = PatchSampler(index, sampling, geometry, 1, cases=[0, 1])
    assert {drawn.case_of(number) for number in range(40)} == {0, 1}
    assert {drawn.case_of(number) for number in range(0, 40, 2)} == {1}, "of the clean ones there is one"
    nothing = PatchSampler(index, sampling, geometry, 1, cases=[2, 3, 4])
    assert {nothing.case_of(number) for number in range(40)} == {2, 3, 4}


@pytest.mark.parametrize(("sizes", "shift", "columns"), [
    ((9, 6, 1), 1, [False, True, True, True, True, True]), ((9, 6, 2), -1, [True, True, True, True, True, False]),
    ((10, 6, 2), 0, [True] * 6)])
def test_what_a_mirrored_view_has_of_an_output(sizes, shift, columns):
    seen, given, offset = sizes
    geometry = PatchGeometry((1, 1, given), (1, 1, seen), (0, 0, offset))
    assert shift_of_mirrored(geometry) == shift
    assert seen_mirrored(geometry).tolist() == columns
