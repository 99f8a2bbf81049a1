from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.simulate.truth.lesion_image import LesionImage
from icac.simulate.truth.observers import Observer, as_bits, draw_observers, drawn_by
from icac.trainingset.drawings import Drawings, read_shares, share_of


def scan_with_three() -> tuple[Volume, Volume, LesionImage]:
    """A plain plaque, one half of whose voxels are bone anyway, and a speck; anisotropic voxels of 0.25 mm3."""
    frame = Frame.regular((0.5, 0.5, 1.0), (30, 20, 9), center=(12.0, -5.0, 3.0))
    excess = np.zeros(frame.shape, np.float32)
    hu = np.full(frame.shape, 40.0, np.float32)
    boxes = [np.s_[3:6, 4:8, 3:8], np.s_[3:6, 12:16, 12:18], np.s_[6, 9, 25]]
    added = [400.0, 140.0, 120.0]
    hu[3:6, 12:16, 12:15] = 150.0  # dense without calcification: three of six columns of the second
    points, owner = [], []
    for number, (box, value) in enumerate(zip(boxes, added, strict=True)):
        mask = np.zeros(frame.shape, bool)
        mask[box] = True
        excess[mask] = value
        points.append(frame.to_lps(np.argwhere(mask)[:, ::-1]))
        owner += [number] * int(mask.sum())
    ct = Volume((hu + excess).astype(np.int16), frame)
    whole = tuple(slice(0, n) for n in frame.shape)
    return ct, Volume(excess, frame), LesionImage(frame, ((whole, excess),), np.concatenate(points), np.array(owner))


def test_the_rule_is_an_observer_and_others_agree_on_what_is_plain():
    ct, excess, lesions = scan_with_three()
    truth = lesions.icac_in(ct, excess).array > 0
    observers = [replace(one, overlooked=0.0) for one in draw_observers(np.random.default_rng(5), 8)]
    drawn = drawn_by(observers, ct, excess, lesions, np.random.default_rng(6))
    assert drawn.shape == (8, *ct.array.shape) and not (drawn & (ct.array < 130)).any()
    share = drawn.mean(0)
    assert (share[3:6, 4:8, 3:8] == 1).all(), "the plain plaque"
    border = share[3:6, 12:16, 12:18][truth[3:6, 12:16, 12:18]]
    assert 0 < border.min() < 1, "at the border of visibility some see it, some do not"
    assert 0 <= share[6, 9, 25] < 1, "a speck of 0.25 mm3 is overlooked by some"
    assert not drawn[:, excess.array == 0].any()


def test_drawings_follow_the_seed_and_observers_differ():
    ct, excess, lesions = scan_with_three()
    observers = draw_observers(np.random.default_rng(1), 4)
    one, same, other = (drawn_by(observers, ct, excess, lesions, np.random.default_rng(seed)) for seed in (2, 2, 3))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert len({drawing.tobytes() for drawing in one}) > 1
    outlines = drawn_by([Observer(0.0, 0.0, factor) for factor in (0.33, 3.0)], ct, excess, lesions,
                        np.random.default_rng(4))
    assert outlines[0].sum() > outlines[1].sum(), "a wider line holds more of what touches bone"


def test_a_plain_lesion_may_be_overlooked_and_a_large_one_less_often():
    ct, excess, lesions = scan_with_three()
    one, other = drawn_by([Observer(overlooked=99.0), Observer()], ct, excess, lesions, np.random.default_rng(0))
    assert not one.any() and other[3:6, 4:8, 3:8].all()
    careless = Observer(overlooked=0.5)
    assert [careless.draws(mm3, 1.0, luck) for mm3, luck in ((0.0, 0.49), (0.0, 0.51), (20.0, 0.24), (20.0, 0.26))] == [
        False, True, False, True]


@pytest.mark.parametrize("count", [0, 9, -1])
def test_impossible_numbers_of_observers_are_refused(count):
    with pytest.raises(InputError, match="1 to 8 observers are simulated, not"):
        draw_observers(np.random.default_rng(0), count)


def test_no_calcification_is_drawn_by_nobody():
    ct, excess, _ = scan_with_three()
    nothing = LesionImage(ct.frame, (), np.zeros((0, 3)), np.zeros(0, int))
    assert not drawn_by(draw_observers(np.random.default_rng(0), 2), ct, excess.like(excess.array * 0), nothing,
                        np.random.default_rng(0)).any()


def test_shares_are_read_as_they_were_drawn(tmp_path):
    drawn = np.random.default_rng(0).random((3, 4, 5, 6)) < 0.4
    bits = as_bits(drawn)
    assert bits.dtype == np.uint8 and bits.shape == (4, 5, 6)
    np.testing.assert_allclose(share_of(bits, 3), drawn.mean(0))
    made = Drawings(drawn[0], bits, drawn[1, :2], as_bits(drawn[:, :2]))
    np.savez(tmp_path / "case.npz", **made.arrays(with_scan=True, count=3))
    np.testing.assert_allclose(read_shares(tmp_path / "case.npz", on_scan=True), drawn[:, :2].mean(0))
    np.savez(tmp_path / "other.npz", **made.arrays(with_scan=False, count=3))
    np.testing.assert_allclose(read_shares(tmp_path / "other.npz", on_scan=False), drawn.mean(0))
    assert read_shares(tmp_path / "other.npz", on_scan=True) is None
    (tmp_path / "damaged.npz").write_bytes(b"no")
    with pytest.raises(InputError, match="what the observers of this case drew cannot be read"):
        read_shares(tmp_path / "damaged.npz", on_scan=False)
