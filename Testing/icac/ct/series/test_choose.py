"""The rule that chooses among the series of a study, on what headers say."""

from __future__ import annotations

from itertools import permutations

import pytest
from icac.ct.series.choose import asked_for, choose, examinations, with_head
from icac.ct.series.info import SeriesInfo
from icac.ct.series.words import (
    both_voltages,
    computed_energy,
    contrast,
    described_kind,
    image_kind,
    one_voltage,
    other_part,
    sharpness,
)


def series(number: int, description: str = "Head", **changed) -> SeriesInfo:
    given = {"thickness_mm": 1.0, "kernel": "Hr40f", "slices": 160, "increment_mm": 1.0, "span_mm": (-20.0, 140.0),
             "width_mm": 230.0, "pixel_mm": 0.45, "frame": "1.5", "study": "1.2", "obstacle": "", **changed}
    return SeriesInfo(f"1.2.{number}", str(number), description, "CT", **given)


THIN = series(4, "Thin soft")
#: Each is worse than THIN in one respect, from the gravest on: every one comes after those below it in the list.
WORSE = [
    (series(1, "C-Spine 0.6", thickness_mm=0.6), "shows another part (C-Spine)"),
    (series(1, "CTA", agent="Iohexol"), "contrast agent 'Iohexol'"),
    (series(1, "Ax MPR", reformatted=True), "reformatted"),
    (series(1, "DE_Head A_100kV"), "one of two voltages (A_100kV)"),
    (series(1, "Bone", kernel="Hr64h", slices=320), "sharp kernel Hr64h"),
    (series(1, "Thick", thickness_mm=5.0, increment_mm=5.0, slices=400), "5 mm slices"),
    (series(1, "Thicker", thickness_mm=1.5, slices=400), "1.5 mm slices"),
    (series(1, "Low", kv=80.0, slices=400), "made at 80 kV"),
    (series(1, "High", kv=140.0, slices=400), "made at 140 kV"),
    (series(1, "Part", slices=150), "fewer slices (150)"),
    (series(5, "Twice"), "as good, with a later number"),
]


@pytest.mark.parametrize(("other", "why"), WORSE)
def test_each_step_of_the_rule_decides_and_says_why(other, why):
    for infos in ([THIN, other], [other, THIN]):
        first, second = choose(infos).ranked
        assert first.series is THIN and first.status == "chosen" and second.status == "not chosen"
        assert second.why == why
    assert first.why == "original axial, no contrast agent named, soft kernel Hr40f, 1 mm slices, 160 slices"


def test_the_steps_are_in_order():
    order = [one.series for one in choose([THIN, *(other for other, _ in WORSE)]).ranked]
    assert order == [THIN, *(other for other, _ in reversed(WORSE))]


def test_a_thick_original_series_comes_before_a_thin_reformatted_one_and_that_before_what_cannot_be_measured():
    thick = series(9, "Thick", thickness_mm=5.0, increment_mm=5.0, slices=32)
    mpr = series(1, "Ax MPR", reformatted=True)
    original_but = [series(2, "CTA", agent="Iohexol"), series(3, "Neck")]
    assert [one.series for one in choose([mpr, thick, *original_but]).ranked] == [thick, mpr, *original_but]


def test_the_order_in_which_series_are_found_does_not_matter():
    some = [THIN, *(other for other, _ in WORSE[1:5])]
    assert len({tuple(one.series.uid + one.series.description for one in choose(infos).ranked)
                for infos in permutations(some)}) == 1


@pytest.mark.parametrize(("sizes", "best"), [((0.4, 0.6, 1.0), 0.6), ((0.4, 5.0), 0.4), ((2.0, 5.0), 2.0),
                                             ((None, 4.0), 4.0), ((1.25, 1.5, 3.0), 1.25)])
def test_the_thinnest_from_half_a_millimetre_on(sizes, best):
    infos = [series(n, thickness_mm=size, increment_mm=None) for n, size in enumerate(sizes)]
    assert choose(infos).chosen.thickness_mm == best


def test_gaps_count_as_thickness():
    gaps = series(1, "Thin with gaps", thickness_mm=1.0, increment_mm=7.0, slices=24)
    assert choose([gaps, series(2, thickness_mm=3.0, increment_mm=3.0)]).chosen.number == "2"


@pytest.mark.parametrize(("changed", "why"), [
    ({"span_mm": (0.0, 30.0)}, "only 30 mm high"), ({"width_mm": 90.0}, "only 90 mm wide"),
    ({"increment_mm": 10.0, "thickness_mm": 1.0}, "slices 10 mm apart"), ({"pixel_mm": 1.6}, "pixels of 1.6 mm"),
    ({"body_part": "CHEST"}, "shows another part (CHEST)")])
def test_what_cannot_hold_the_siphon_is_never_preferred(changed, why):
    other = series(1, "0.6 Hr40", **{"thickness_mm": 0.6, **changed})
    thick = series(9, "Kopf 5 mm", thickness_mm=5.0, increment_mm=5.0, slices=30)
    choice = choose([other, thick])
    assert choice.chosen is thick and choice.ranked[1].why == why
    assert choose([other]).chosen is other, "reading it says what is wrong with it"


def test_pixels_are_looked_at_only_where_stacks_differ():
    looked = []

    def look(one: SeriesInfo) -> str:
        looked.append(one.number)
        return "shows no head" if one.number == "1" else ""

    alike = [series(1, thickness_mm=0.6), series(2), series(3, span_mm=(-15.0, 141.0))]
    assert choose(alike, look=look).chosen.number == "1" and looked == []
    chest = [series(1, thickness_mm=0.6, span_mm=(-420.0, -120.0)), *alike[1:]]
    choice = choose(chest, look=look)
    assert choice.chosen.number == "2" and looked == ["1", "2"]
    assert choice.ranked[-1].why == "shows no head"
    looked.clear()
    unplaced = [series(1, frame=""), series(2, frame="")]
    assert choose(unplaced, look=look).chosen.number == "2"


@pytest.mark.parametrize(("prefer", "number"), [
    ("", "4"), ("thick", "6"), ("thin", "4"), ("sharp", "3"), ("soft", "4"), ("bone", "3"), ("thick,sharp", "6"),
    ("sharp,thick", "7"), ("THICK", "6"), ("nothing", "4")])
def test_preferences_overrule_the_rule_but_not_what_must_be(prefer, number):
    infos = [THIN, series(3, "Bone", kernel="H60s", thickness_mm=0.75), series(7, "x", kernel="H60s", thickness_mm=4.0),
             series(6, "Thick", thickness_mm=5.0), series(1, "CTA thick bone", agent="x", thickness_mm=8.0)]
    choice = choose(infos, prefer)
    assert choice.chosen.number == number
    assert choice.notes[1:] == (("No series fits the preference 'nothing'.",) if prefer == "nothing" else ())
    assert choice.statement.count("Preferred: ") == bool(prefer)


def test_what_was_asked_for_is_said_and_what_the_rule_would_have_taken():
    thick = series(6, "Thick", thickness_mm=5.0)
    choice = asked_for([THIN, thick, series(9, obstacle="localizer")], thick, "6")
    assert choice.chosen is thick
    assert choice.statement.startswith("Series 6 'Thick' of 3 was chosen: as '6' was asked for.")
    assert "The rule would have taken 4 'Thin soft'." in choice.statement
    assert [one.status for one in choice.ranked] == ["chosen", "not chosen", "left out"]
    assert [one.why for one in choice.ranked] == [
        "asked for (5 mm slices)",
        "better by the rule (original axial, no contrast agent named, soft kernel Hr40f, 1 mm slices, 160 slices)",
        "localizer"]


def test_what_the_rule_takes_can_be_asked_for():
    choice = asked_for([THIN, series(6, "Thick", thickness_mm=5.0)], THIN, "4")
    assert [(one.status, one.why.split(" (")[0]) for one in choice.ranked] == [
        ("chosen", "asked for"), ("not chosen", "5 mm slices")] and choice.notes == ()


def test_names_can_be_taken_out():
    choice = asked_for([series(4, "Jane Doe"), series(6, "Doe 5 mm")], series(6, "Doe 5 mm"), "Doe 5 mm")
    text = choice.without_names(lambda text: text)
    assert "Doe" not in text.statement and "Doe" not in str(text)


def test_examinations_are_of_one_patient_study_and_time():
    infos = [series(1), series(2, acquired_min=600.0), series(3, acquired_min=640.0),
             series(4, acquired_min=900.0), series(5, study="1.3"), series(6, patient=2)]
    assert [[one.number for one in group] for group in examinations(infos)] == [
        ["1", "2", "3"], ["4"], ["5"], ["6"]]


def test_an_examination_without_a_head_is_no_other_one():
    head, neck = [series(1)], [series(2, "HWS", study="1.3")]
    assert with_head([head, neck]) == [head]
    assert with_head([[series(1, agent="Ultravist")], neck, [series(3, obstacle="localizer")]]) == [
        [series(1, agent="Ultravist")], neck]


@pytest.mark.parametrize(("text", "agent", "enhanced"), [
    ("Head 5.0 H31s", "", False), ("CTA Head", "", True), ("post KM 1mm", "", True), ("Nativ", "Ultravist", False),
    ("Head without contrast", "APPLIED", False), ("NON CONTRAST", "x", False), ("Post Fossa 2.5", "", False),
    ("post-op", "", False), ("Brain w/o", "Iohexol", False), ("Angio 0.6", "", True), ("Ax C+", "", True),
    ("", "NONE", False), ("", "Omnipaque", True), ("HEAD_NCCT_1.0", "", False), ("Single contrast phase", "", True)])
def test_words_for_contrast(text, agent, enhanced):
    assert bool(contrast(agent, text)) is enhanced


@pytest.mark.parametrize(("kernel", "text", "sharp"), [
    ("Hr60f\\3", "", True), ("Hr40f\\2", "Bone", False), ("", "Knochen 1.0", True), ("", "Head soft", False),
    ("FC30", "", True), ("FC26", "", False), ("BONEPLUS", "", True), ("", "HEAD_BONE_0.6", True), ("", "", False)])
def test_words_for_sharp_reconstructions(kernel, text, sharp):
    assert bool(sharpness(kernel, text)) is sharp


@pytest.mark.parametrize(("text", "body", "part"), [
    ("C-Spine 1.0", "HEAD", "C-Spine"), ("Head and Neck", "NECK", ""), ("1.0 Hr40", "CHEST", "CHEST"),
    ("Thorax 5mm", "", "Thorax"), ("", "", ""), ("Schädel HWS", "", ""), ("Cor", "HEAD", ""), ("", "HEADNECK", "")])
def test_words_for_parts_of_the_body(text, body, part):
    assert other_part(body, text) == part


@pytest.mark.parametrize(("image_type", "kind"), [
    ("ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI", ""), ("DERIVED\\SECONDARY\\AXIAL\\CT_SOM5 MPR", "reformatted"),
    ("ORIGINAL\\PRIMARY\\LOCALIZER\\CT_SOM5 TOP", "localizer"), ("DERIVED\\SECONDARY\\MIP", "projection"),
    ("DERIVED\\SECONDARY\\VOLUME RENDERING", "rendering"), ("", ""), ("DERIVED\\PRIMARY\\AXIAL", ""),
    ("DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE", "reformatted"), ("derived\\secondary\\mpr\\CSA MPR", "reformatted"),
    ("DERIVED\\PRIMARY\\AXIAL\\CT_SOM7 SPI VNC", "map"), ("DERIVED\\PRIMARY\\AXIAL\\MAT_REMOVED", "map"),
    ("ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI DET_AB", ""), ("DERIVED\\PRIMARY\\AXIAL\\VMI", "")])
def test_kinds_by_image_type(image_type, kind):
    assert image_kind(image_type) == kind


@pytest.mark.parametrize(("text", "image_type", "kind"), [
    ("MPR ax 3mm", "DERIVED\\SECONDARY\\AXIAL", "reformatted"), ("Thin for MPR", "ORIGINAL\\PRIMARY\\AXIAL", ""),
    ("Topogram 0.6", "", "localizer"), ("MIP ax", "", "projection"), ("Perfusion 5mm", "ORIGINAL\\PRIMARY", "map"),
    ("Dose Report", "", "screenshot"), ("Head 3D thin", "ORIGINAL\\PRIMARY\\AXIAL", ""), ("VNC 1.0", "", "map"),
    ("MonoE 70 keV", "", ""), ("Head", "", ""), ("HAP(Water)", "", "map"), ("Iodine (Water) 1.25", "", "map"),
    ("Water(HAP)", "", "map"), ("Virtual Non Contrast 1.0", "", "map"), ("VUE", "", "map"), ("Z Effective", "", "map"),
    ("DE_Head 1.0 Qr40 M_0.6", "DERIVED\\PRIMARY\\AXIAL", "")])
def test_kinds_by_description(text, image_type, kind):
    assert described_kind(text, image_type) == kind


@pytest.mark.parametrize(("text", "image_type", "words"), [
    ("GSI Mono 70keV 1.25", "", "GSI"), ("GSI 140kVp QC 5mm", "ORIGINAL\\PRIMARY\\AXIAL\\GSI", ""),
    ("Monoenergetic Plus 55 keV", "", "Monoenergetic"), ("DE_Mono+ 70", "", "Mono+ 70"), ("Head monophasic", "", ""),
    ("Head 1.0", "DERIVED\\PRIMARY\\AXIAL\\GSI MONO", "GSI"), ("MonoE 70keV[HU]", "", "MonoE 70keV"),
    ("Conventional spectral", "", ""), ("monochromatic 65 keV", "", "monochromatic 65 keV"), ("Head", "", "")])
def test_words_for_images_of_one_energy(text, image_type, words):
    assert computed_energy(image_type, text) == words


def test_one_energy_computed_from_two_comes_after_what_was_scanned():
    both = [series(1, "Mono 70 keV", thickness_mm=0.6), series(2, "Thick 4 mm", thickness_mm=4.0)]
    choice = choose(both)
    assert choice.chosen.number == "2" and choice.ranked[1].why == "computed for one energy (Mono 70 keV)"


@pytest.mark.parametrize(("text", "image_type", "one", "both"), [
    ("DE_Head 1.0 Qr40 A_100kV", "ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM7 SPI", "A_100kV", ""),
    ("DE_Head 1.0 Qr40 B_Sn140kV", "", "B_Sn140kV", ""), ("Head", "ORIGINAL\\PRIMARY\\AXIAL\\DET_B", "DET_B", ""),
    ("DE_Head 1.0 Qr40 M_0.6", "", "", "M_0.6"), ("Head", "ORIGINAL\\PRIMARY\\AXIAL\\DET_AB", "", "DET_AB"),
    ("Head mixed", "ORIGINAL\\PRIMARY\\AXIAL\\DET_A", "", "mixed"), ("Head low kV", "", "low kV", ""),
    ("Head 120kV 1.0", "ORIGINAL\\PRIMARY\\AXIAL", "", ""), ("NECK_A 3.0", "", "", "")])
def test_words_for_the_voltages_of_a_scan_with_two(text, image_type, one, both):
    assert (one_voltage(image_type, text), both_voltages(image_type, text)) == (one, both)


def test_of_two_voltages_the_series_that_mixes_both_is_taken_and_said():
    """As Siemens exports them: the low one, the high one with a tin filter, and their mean, alike in all else."""
    choice = choose([series(10, "DE_Head A_100kV"), series(11, "DE_Head B_Sn140kV"), series(12, "DE_Head M_0.6"),
                     series(13, "DE_Head VNC", obstacle="map"), series(14, "DE_Head Mono+ 70 keV")])
    assert [one.series.number for one in choice.ranked] == ["12", "10", "11", "14", "13"]
    assert choice.ranked[0].why.startswith("original axial, both voltages mixed (M_0.6), no contrast agent named")
    alone = choose([series(10, "DE_Head A_100kV"), series(14, "DE_Head Mono+ 70 keV")])
    assert alone.ranked[0].why.startswith("original axial, one of two voltages (A_100kV)")
