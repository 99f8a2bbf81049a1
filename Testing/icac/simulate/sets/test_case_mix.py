from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from icac.choices import PROTOCOLS
from icac.cli import main
from icac.cli import simulate as command
from icac.errors import InputError
from icac.simulate.sets.case_mix import CASE_MIXES, Wish


def drawn(name: str) -> list[Wish]:
    rng = np.random.default_rng(4)
    return [CASE_MIXES[name].draw(rng) for _ in range(4000)]


@pytest.mark.parametrize("name", CASE_MIXES)
def test_protocols_have_their_shares(name):
    shares = CASE_MIXES[name].protocol_shares
    assert set(shares) == ({"rotterdam"} if name == "rotterdam" else set(PROTOCOLS))
    count = Counter(wish.protocol for wish in drawn(name))
    assert {key: count[key] / 4000 for key in shares} == pytest.approx(shares, abs=0.03)


def test_usual_patients_have_the_volume_and_noise_of_their_protocol():
    assert {wish[1:] for wish in drawn("usual")} == {(None, False, "usual", False)}


@pytest.mark.parametrize(("name", "share", "median", "span"), [
    ("hard", 0.6, 220, (40, 1200)), ("hardest", 0.6, 420, (80, 1500)), ("heavy", 0.75, 600, (150, 2200))])
def test_most_hard_ones_have_much_icac(name, share, median, span):
    volumes = [wish.total_mm3 for wish in drawn(name) if wish.total_mm3 is not None]
    assert len(volumes) / 4000 == pytest.approx(share, abs=0.03)
    assert np.median(volumes) == pytest.approx(median, rel=0.1)
    assert (min(volumes), max(volumes)) == span


@pytest.mark.parametrize(("name", "share"), [("hard", 0.0), ("hardest", 0.15), ("varied", 0.05)])
def test_some_of_the_hardest_have_noisy_blood(name, share):
    assert np.mean([wish.noisy_blood for wish in drawn(name)]) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("name", ["usual", "hard", "hardest"])
def test_older_mixes_draw_what_they_always_drew(name):
    rng, young = np.random.default_rng(4), np.random.default_rng(5)
    assert not CASE_MIXES[name].draws_young(young)
    assert young.random() == np.random.default_rng(5).random(), "no random number is taken"
    assert {(wish.style, wish.clips) for wish in (CASE_MIXES[name].draw(rng) for _ in range(200))} == {("usual", False)}


def test_the_varied_mix_has_sharp_scans_metal_and_young_heads_without_icac():
    wishes = drawn("varied")
    assert np.mean([wish.style == "sharp" for wish in wishes]) == pytest.approx(0.3, abs=0.03)
    assert {wish.style for wish in wishes} == {"sharp", "varied"}
    assert np.mean([wish.clips for wish in wishes]) == pytest.approx(0.02, abs=0.01)
    assert np.mean([wish.total_mm3 is not None for wish in wishes]) == pytest.approx(0.35, abs=0.03)
    rng = np.random.default_rng(4)
    assert np.mean([CASE_MIXES["varied"].draws_young(rng) for _ in range(4000)]) == pytest.approx(0.15, abs=0.02)
    assert {CASE_MIXES["varied"].draw(rng, young=True).total_mm3 for _ in range(200)} == {0.0}


def test_the_command_knows_all_mixes():
    assert tuple(CASE_MIXES) == command.MIXES


def test_mixes_are_for_training_sets_only(tmp_path, capsys):
    assert main(["simulate", "1", "-o", str(tmp_path), "--mix", "hard"]) == InputError.exit_code
    assert "--mix belongs to --format training" in capsys.readouterr().err


def test_mix_of_the_young_has_no_other_heads():
    rng = np.random.default_rng(3)
    assert all(CASE_MIXES["young"].draws_young(rng) for _ in range(200))
    assert {wish.style for wish in drawn("young")} == {"sharp", "varied"}


def test_an_archive_holds_usual_burdens_in_all_kinds_of_scans():
    wishes = drawn("archive")
    assert all(wish.total_mm3 is None for wish in wishes)
    assert np.mean([wish.style == "sharp" for wish in wishes]) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("name", ["thick", "heavy"])
def test_most_scans_of_the_thick_mixes_have_thick_slices(name):
    protocols = [wish.protocol for wish in drawn(name)]
    assert np.mean([protocol == "routine" for protocol in protocols]) == pytest.approx(0.75, abs=0.03)
