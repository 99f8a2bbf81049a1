from __future__ import annotations

import pytest
from icac.ct.tube_voltage import calcium_gain, voltage_warning


def test_calcium_is_the_denser_the_lower_the_voltage():
    gains = [calcium_gain(kv) for kv in (70, 80, 90, 100, 110, 120, 130, 140, 150)]
    assert gains == sorted(gains, reverse=True)
    assert calcium_gain(120) == 1 and calcium_gain(100) == pytest.approx(1.13) and calcium_gain(80) == 1.40
    assert 1.5 < calcium_gain(70) < 1.7 and 0.85 < calcium_gain(150) < 0.92


@pytest.mark.parametrize(("kvp", "words"), [
    ("70", "mark what 82 HU mark there, so volumes and scores are larger"), ("80", "40% denser"), ("90", "25% denser"),
    ("100", "13% denser there than at 120 kV, and 130 HU mark what 115 HU mark"), ("110", "6% denser"), ("120", ""),
    ("120.0", ""), ("130", "4% less dense"), ("140", "8% less dense there than at 120 kV (more, if a tin filter"),
    ("150", "volumes and scores are smaller"), ("", ""), ("100\\100", "13% denser"), ("0", ""), ("nonsense", "")])
def test_the_warning_has_direction_and_size(kvp, words):
    said = voltage_warning(kvp)
    assert words in said and bool(said) is bool(words)


@pytest.mark.parametrize(("image_type", "description", "words"), [
    ("DERIVED\\SECONDARY\\AXIAL", "MonoE 50 keV", "'MonoE 50 keV'"), ("", "Mono+ 70keV", "Mono+ 70keV"),
    ("DERIVED\\PRIMARY\\GSI\\MONOCHROMATIC", "", "GSI"), ("ORIGINAL\\PRIMARY\\AXIAL", "Head 1.0", "")])
def test_images_of_one_energy_are_named(image_type, description, words):
    said = voltage_warning("120", image_type, description)
    assert words in said and bool(said) is bool(words)


def test_images_that_mix_two_voltages_are_not_taken_for_those_of_the_one_in_the_header():
    said = voltage_warning("100", "ORIGINAL\\PRIMARY\\AXIAL\\DET_AB", "DE_Head M_0.6")
    assert "('M_0.6')" in said and "100 kV" not in said
    assert "13% denser" in voltage_warning("100", "ORIGINAL\\PRIMARY\\AXIAL", "DE_Head A_100kV")
