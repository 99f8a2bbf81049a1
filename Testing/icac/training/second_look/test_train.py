"""The second look learns from straight carotids, and voxels stay with what is seen of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.errors import InputError
from icac.network.straight.config import CHANNELS, StraightConfig
from icac.network.straight.network import StraightNetwork
from icac.progress import Silent
from icac.second_look.views import SHAPE
from icac.training.second_look.patches import LENGTH, Part, changed, cut_part, draw_part
from icac.training.second_look.straight_cases import StraightCase
from icac.training.second_look.train import SecondLookSettings, at_places, train_second_look


def case(seed: int, with_icac: bool = True) -> StraightCase:
    """Make a carotid whose voxels are ICAC where bone is bright; the first look knows nothing."""
    rng = np.random.default_rng(seed)
    shown = rng.normal(0, 0.05, (len(CHANNELS), *SHAPE)).astype(np.float16)
    places = (rng.uniform(0, 1, (3000, 3)) * (np.array(SHAPE) - 1)).astype(np.float32)
    for start in rng.integers(10, 190, 12) if with_icac else ():
        shown[1, start:start + 8, 8:16, 8:16] = 1.5
    bright = shown[1][tuple(np.rint(places).astype(int).T)] > 1
    return StraightCase(shown, places, np.full(3000, -3, np.float32), bright)


def test_voxels_stay_with_what_is_seen_of_them():
    whole = case(3)
    rng = np.random.default_rng(0)
    for _ in range(5):
        part = changed(cut_part(whole, rng), rng)
        assert part.shown.shape == (len(CHANNELS), LENGTH, *SHAPE[1:])
        seen = part.shown[1][tuple(np.rint(part.places).astype(int).T)] > 0.8
        assert len(part.icac) > 1000
        assert np.mean(seen == part.icac) > 0.99


def test_the_case_itself_is_not_changed():
    whole = case(3)
    before = whole.shown.copy(), whole.places.copy()
    for seed in range(5):
        draw_part([whole], np.random.default_rng(seed))
    assert np.array_equal(before[0], whole.shown) and np.array_equal(before[1], whole.places)


def test_carotids_with_icac_are_seen_more_often():
    rng = np.random.default_rng(0)
    cases = [case(1), *[case(n, with_icac=False) for n in (2, 3, 4)]]
    drawn = [draw_part(cases, rng) for _ in range(40)]
    assert sum(part.icac.any() for part in drawn) > 20


def test_it_learns():
    cases = [case(n) for n in range(3)]
    weights = train_second_look(cases, SecondLookSettings(steps=30, width=4), Silent())
    network = StraightNetwork(StraightConfig(4)).eval()
    network.load_state_dict({name: torch.tensor(value) for name, value in weights.load().items()})
    new = case(9)
    with torch.no_grad():
        added = at_places(network(torch.from_numpy(new.shown[None].astype(np.float32)))[0], new.places).numpy()
    assert added[new.icac].mean() > max(0.0, 2 * added[~new.icac].mean())


def test_it_goes_on_from_what_was_learnt():
    cases = [case(1)]
    first = train_second_look(cases, SecondLookSettings(steps=2, width=4), Silent())
    second = train_second_look(cases, SecondLookSettings(steps=2), Silent(), first)
    assert second.config == first.config      # whatever the settings say
    before, after = first.load(), second.load()
    assert int(after["down0.first.norm.num_batches_tracked"]) > int(before["down0.first.norm.num_batches_tracked"])


def test_who_interrupts_gets_what_was_learnt():
    class Impatient(Silent):
        def update(self, stage, fraction, message=""):
            if message.startswith("step 2"):
                raise KeyboardInterrupt

    weights = train_second_look([case(1)], SecondLookSettings(steps=50, width=4), Impatient())
    assert int(weights.load()["down0.first.norm.num_batches_tracked"]) == 2


def test_what_is_learnt_is_kept_meanwhile(monkeypatch):
    monkeypatch.setattr("icac.training.second_look.train.KEEP_EVERY_S", -1.0)
    kept = []
    train_second_look([case(1)], SecondLookSettings(steps=2, width=4), Silent(), keep=kept.append)
    assert [int(one.load()["down0.first.norm.num_batches_tracked"]) for one in kept] == [1, 2]


def test_without_icac_nothing_can_be_learnt():
    with pytest.raises(InputError, match="None of the cases has ICAC"):
        train_second_look([case(1, with_icac=False)], SecondLookSettings(steps=1), Silent())


def test_values_are_taken_where_voxels_lie():
    added = torch.arange(4 * 5 * 6, dtype=torch.float32).reshape(1, 4, 5, 6)
    places = np.array([[0, 0, 0], [3, 4, 5], [1, 2, 3.5]], np.float32)
    assert at_places(added, places).tolist() == pytest.approx([0, 119, 30 + 12 + 3.5])


def test_a_part_is_a_part():
    part = cut_part(case(1), np.random.default_rng(4))
    assert isinstance(part, Part)
    assert part.places[:, 0].min() >= 0
    assert part.places[:, 0].max() <= LENGTH - 1
    assert len(part.first) == len(part.icac) == len(part.places)
