"""Studies of several series, as archives export them: what is chosen, what is said of it, and when it is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from icac.cli import main
from icac.ct import rank_series, read_ct
from icac.ct.read import chosen_series
from icac.errors import InputError

SPACING, SHAPE = (1.3, 1.1), (170, 140)


def head(points: np.ndarray) -> np.ndarray:
    """HU of a head of 150 x 188 x 170 mm in air, its centre at the origin, tilted to the left; its neck below."""
    x, y, z = np.moveaxis(points, -1, 0)
    radius = np.sqrt(((x - 0.1 * z) / 75) ** 2 + ((y + 4) / 94) ** 2 + (z / 85) ** 2)
    hu = np.select([radius < 0.9, radius < 0.97, radius < 1.03], [35.0, 900.0, 30.0], -1000.0)
    spine = np.hypot(x, y - 20)
    hu = np.where((z < -60) & (radius > 0.97), np.select([spine < 20, spine < 60], [700.0, 40.0], -1000.0), hu)
    return hu + 4 * np.sin(37 * x + 91 * y)  # no row of a scan is all of one value


@pytest.fixture(scope="module")
def add(make_series):
    """Return a function that writes a series of the head, slices at these heights, with its own UID."""
    def write(folder, number: int, heights, description="", **elements):
        given = {"SeriesInstanceUID": f"1.2.3.{number}", "SeriesNumber": number, "SeriesDescription": description,
                 "FrameOfReferenceUID": "1.7", "ConvolutionKernel": "H31s", **elements}
        return make_series(folder, head, [(-91.0, -93.5, z) for z in heights], spacing=SPACING, shape=SHAPE, **given)

    return write


WHOLE = np.arange(-80.0, 90.0, 2.0)
THICK = np.arange(-80.0, 90.0, 5.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory, add):
    """Thin soft, thick soft, bone, an axial MPR, a scout, a dose report and MR, in nested folders without endings."""
    root = tmp_path_factory.mktemp("study") / "export"
    add(root / "DIR000" / "IMG1", 1, [0.0], "Topogram 0.6", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    add(root / "DIR000" / "IMG2", 2, THICK, "Head 5.0", SliceThickness=5)
    add(root / "DIR000" / "IMG3", 3, WHOLE, "Head 1.0 H60", ConvolutionKernel=["H60s", "3"])
    add(root / "DIR001" / "A", 4, WHOLE[::2], "Head 1.0", ImageType=None)
    add(root / "DIR001" / "B" / "C", 4, WHOLE[1::2], "Head 1.0", ImageType=None)
    add(root / "DIR001" / "D", 5, WHOLE, "MPR ax", ImageType=["DERIVED", "SECONDARY", "AXIAL", "CT_SOM5 MPR"])
    add(root / "DIR002", 6, [0.0], "Dose", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    add(root / "DIR002" / "MR", 7, THICK, "T1", Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    for path in sorted(root.rglob("*.dcm")):
        path.rename(path.with_suffix(""))
    (root / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    return root


def test_the_best_series_is_measured_and_all_others_are_told_why_not(study):
    scan = read_ct(study)
    assert scan.identity["series_number"] == "4" and scan.volume.array.shape == (85, *SHAPE)
    told = {one.series.number: (one.status, one.why) for one in scan.choice.ranked}
    assert told == {
        "4": ("chosen", "original axial, no contrast agent named, soft kernel H31s, 2 mm slices, 85 slices"),
        "2": ("not chosen", "5 mm slices"), "3": ("not chosen", "sharp kernel H60s"),
        "5": ("not chosen", "reformatted"), "1": ("left out", "localizer"), "6": ("left out", "not CT images"),
        "7": ("left out", "modality MR")}
    assert list(told) == ["4", "2", "3", "5", "1", "6", "7"]


def test_the_command_lists_them_in_this_order(study, capsys):
    assert main(["series", str(study)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ("chosen: 4 'Head 1.0' (85 images, 1 mm, kernel H31s; UID 1.2.3.4): original axial, no contrast "
                        "agent named, soft kernel H31s, 2 mm slices, 85 slices")
    assert lines[1] == "not chosen: 2 'Head 5.0' (34 images, 5 mm, kernel H31s; UID 1.2.3.2): 5 mm slices"
    assert lines[-1] == "left out: 7 'T1' (34 images, 1 mm, kernel H31s; UID 1.2.3.7): modality MR"
    assert len(lines) == 7
    assert main(["series", str(study), "--prefer", "thick"]) == 0
    assert capsys.readouterr().out.startswith("chosen: 2 'Head 5.0'")
    assert main(["series", str(study), "--series", "3"]) == 0
    assert "The rule would have taken 4 'Head 1.0'." in capsys.readouterr().out


@pytest.mark.parametrize(("series", "prefer", "number"), [("2", "", "2"), ("head 1.0 h60", "thick", "3"),
                                                          (None, "thick", "2"), (None, "sharp", "3"),
                                                          (None, "mpr", "5"), ("1.2.3", "sharp", "3")])
def test_users_overrule_the_choice(study, series, prefer, number):
    assert read_ct(study, series, prefer=prefer).identity["series_number"] == number


def test_only_reformatted_slices_are_better_than_none(tmp_path, add):
    add(tmp_path, 1, WHOLE, "Ax", ImageType=["DERIVED", "SECONDARY", "MPR"])
    add(tmp_path / "b", 2, [0.0], "Scout", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    choice = read_ct(tmp_path).choice
    assert choice.chosen.number == "1" and choice.ranked[0].why.startswith("reformatted, ")


def test_the_time_series_of_a_perfusion_is_left_out(tmp_path, add):
    add(tmp_path, 1, np.tile(np.arange(-20.0, 28.0, 4.0), 5), "4D", ContrastBolusAgent="")
    add(tmp_path / "b", 2, THICK, "Head", SliceThickness=5)
    choice = read_ct(tmp_path).choice
    assert choice.ranked[-1].why == "5 images of each place (perfusion)" and choice.chosen.number == "2"


@pytest.mark.parametrize(("heights", "why"), [
    (np.arange(-160.0, -70.0, 1.0), "shows no head"), (np.arange(10.0, 90.0, 1.0), "lacks the skull base")])
def test_thinner_slices_of_the_neck_or_the_vertex_alone_are_seen_for_what_they_are(tmp_path, add, heights, why):
    add(tmp_path, 1, heights, "1.0 H31s", SliceThickness=1)
    add(tmp_path / "b", 2, THICK, "5.0 H31s", SliceThickness=5)
    choice = read_ct(tmp_path).choice
    assert choice.chosen.number == "2" and choice.ranked[1].why.startswith(why)


def test_a_part_that_holds_the_siphon_may_be_chosen(tmp_path, add):
    add(tmp_path, 1, np.arange(-90.0, 0.0, 1.0), "1.0 H31s", SliceThickness=1)
    add(tmp_path / "b", 2, THICK, "5.0 H31s", SliceThickness=5)
    assert read_ct(tmp_path).choice.chosen.number == "1"


@pytest.mark.parametrize(("other", "what"), [
    ({"PatientID": "OTHER", "StudyInstanceUID": "1.2.4"}, "head CTs of 2 patients"),
    pytest.param({"PatientID": "OTHER"}, "head CTs of 2 patients", marks=pytest.mark.slow),
    pytest.param({"StudyInstanceUID": "1.2.4"}, "2 studies with a head CT", marks=pytest.mark.slow),
    pytest.param({"AcquisitionDate": "20200102"}, "2 head CTs of different times", marks=pytest.mark.slow)])
def test_two_examinations_are_never_mixed(tmp_path, add, other, what, capsys):
    when = {"AcquisitionDate": "20200101", "AcquisitionTime": "120000.5"}
    add(tmp_path, 1, WHOLE, "Thin", **when)
    add(tmp_path, 2, THICK, "Thick", SliceThickness=5, **when)
    add(tmp_path / "b", 3, WHOLE, "Later", **{**when, **other})
    with pytest.raises(InputError, match=f"holds {what}; choose one with --series .UID. among the best of each: "
                                         r"1 'Thin' .*UID 1\.2\.3\.1.*3 'Later' .*UID 1\.2\.3\.3.\."):
        read_ct(tmp_path)
    assert read_ct(tmp_path, "3").identity["series_number"] == "3"
    assert len(rank_series(tmp_path)) == 2
    assert main(["series", str(tmp_path)]) == 0
    assert [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Examination 1 of 2", "chosen: 1 'Thin'", "not chosen: 2 'Thick'", "Examination 2 of 2",
        "chosen: 3 'Later'"]


def test_a_study_can_be_asked_for_by_its_uid(tmp_path, add):
    add(tmp_path, 1, WHOLE, "Thin")
    add(tmp_path, 2, THICK, "Thick", StudyInstanceUID="1.2.4", SliceThickness=5)
    add(tmp_path / "x", 3, WHOLE, "Bone", StudyInstanceUID="1.2.4", ConvolutionKernel="H60s")
    assert read_ct(tmp_path, "1.2.4").identity["series_number"] == "2"


def test_a_study_of_the_neck_beside_that_of_the_head_is_left_out_and_said(tmp_path, add):
    add(tmp_path, 1, THICK, "5.0", SliceThickness=5)
    add(tmp_path / "b", 2, np.arange(-160.0, -70.0), "1.0", StudyInstanceUID="1.2.4", FrameOfReferenceUID="1.8")
    scan = read_ct(tmp_path)
    assert scan.identity["series_number"] == "1"
    assert scan.choice.statement.endswith("1 series of other examinations in the folder were left out.")


def test_a_series_that_cannot_be_used_gives_way_to_the_next_which_is_warned_of(tmp_path, add):
    add(tmp_path, 1, WHOLE, "Thin")
    shutil.move(tmp_path, tmp_path.parent / "study")
    root = tmp_path.parent / "study"
    add(root / "moved", 1, WHOLE + 0.5, "Thin", PatientID="OTHER")
    add(root / "b", 2, THICK, "Thick", SliceThickness=5)
    scan = read_ct(root)
    assert scan.identity["series_number"] == "2"
    assert "best of those that can be read" in scan.choice.statement
    assert scan.doubts[0].startswith("Another series than the best one was measured, as that cannot be used: One ser")
    with pytest.raises(InputError, match="mixes images of 2 patients"):
        read_ct(root, "1")


@pytest.fixture
def acquired_twice(tmp_path, add):
    """A folder with one series of which headers tell that it is two acquisitions of the same place."""
    add(tmp_path / "a", 1, WHOLE, "Thin", AcquisitionNumber=1)
    add(tmp_path / "b", 1, WHOLE, "Thin", AcquisitionNumber=2)
    return tmp_path


def test_what_headers_tell_of_a_series_that_cannot_be_used_is_told_before_it_is_read(acquired_twice, add, capsys):
    add(acquired_twice / "c", 2, THICK, "Thick", SliceThickness=5)
    assert main(["series", str(acquired_twice)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("chosen: 2 'Thick'") and "the best of those that can be read (5 mm slices)" in first
    assert second.startswith("left out: 1 'Thin'") and "mixes 2 acquisitions of the same place" in second
    assert chosen_series(acquired_twice).statement == read_ct(acquired_twice).choice.statement
    assert ".." not in chosen_series(acquired_twice).statement


def test_nothing_is_called_chosen_where_nothing_can_be_measured(acquired_twice, capsys):
    with pytest.raises(InputError, match="mixes 2 acquisitions"):
        chosen_series(acquired_twice)
    for asked in ([], ["--series", "1"]):
        assert main(["series", str(acquired_twice), *asked]) == 0
        first, last = capsys.readouterr().out.splitlines()
        assert first.startswith("left out: 1 'Thin'") and last == "No series can be measured."


def test_missing_headers_are_no_obstacle(tmp_path, add):
    add(tmp_path, 1, WHOLE, "", ImageType=None, ConvolutionKernel=None, SliceThickness=None)
    add(tmp_path / "b", 2, THICK, "", ImageType=None, ConvolutionKernel=None, SliceThickness=None)
    choice = read_ct(tmp_path).choice
    assert choice.ranked[0].why == "original axial, no contrast agent named, no kernel named, 2 mm slices, 85 slices"
    assert choice.ranked[1].why == "5 mm slices"
