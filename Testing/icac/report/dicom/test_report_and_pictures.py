"""What the structured report and the pictures say, and whose they are."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from icac.anatomy import Side
from icac.errors import IcacError, InputError, OutputError
from icac.report import write_results
from icac.report.dicom import Origin, write_dicom_folder
from icac.report.picture import overview_tile
from icac.report.picture.overview_tile import image_number

hd = pytest.importorskip("highdicom", reason="highdicom is not installed: pip install 'icac[dicom]'")

_spec = importlib.util.spec_from_file_location("icac_test_dicom_series", Path(__file__).with_name("conftest.py"))
series = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(series)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Read one series for all tests."""
    return series.segmented(series.write_series(tmp_path_factory.mktemp("series") / "Müller", "columns_negated"))


@pytest.fixture(scope="module")
def files(result, tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("out"), result, dicom="side")


def measurements(group) -> dict[str, float]:
    """Return what a group of the report says, by name and derivation."""
    return {" ".join(filter(None, [m.name.meaning, m.derivation.meaning if m.derivation else ""])): m.value
            for m in group.get_measurements()}


def texts(path: Path) -> list[str]:
    """Return all texts and names within the content of a report."""
    return [str(element.value) for item in pydicom.dcmread(path).ContentSequence for element in item.iterall()
            if element.VR in ("UT", "PN")]


def test_the_report_tells_each_lesion_each_side_and_all_as_the_other_files_do(files):
    record = json.loads(files["report"].read_text(encoding="utf-8"))
    content = hd.sr.srread(files["dicom_report"]).content
    groups = {group.tracking_identifier: group for group in [*content.get_volumetric_roi_measurement_groups(),
                                                            *content.get_image_measurement_groups()]}
    totals = record["totals"]
    for name, amount in (("ICAC", totals), ("ICAC right", totals["right"]), ("ICAC left", totals["left"])):
        told = measurements(groups[name])
        assert told["Volume"] == pytest.approx(amount["volume_mm3"])
        assert told["Calcium score"] == pytest.approx(amount["agatston_score"])
        assert told["Number of calcifications"] == amount["lesions"]
    for lesion in record["lesions"]:
        group = groups[f"ICAC lesion {lesion['id']}, {lesion['side']} {lesion['segment']}"]
        told = measurements(group)
        assert told["Volume"] == pytest.approx(lesion["volume_mm3"])
        assert told["Attenuation Coefficient Mean"] == pytest.approx(lesion["mean_hu"])
        assert told["Attenuation Coefficient Maximum"] == pytest.approx(lesion["max_hu"])
        assert group.finding_sites[0].laterality.meaning == lesion["side"].capitalize()
        segments = [one.value for one in group.get_qualitative_evaluations() if one.name.value == "ICA-SEGMENT"]
        assert [segment.value for segment in segments] == [lesion["segment"]]
    assert len(groups) == 3 + len(record["lesions"])


def test_groups_point_at_their_segment_or_at_the_frames_that_show_them(files, result):
    segmentation = hd.seg.segread(files["dicom_segmentation"])
    content = hd.sr.srread(files["dicom_report"]).content
    whole = {group.tracking_identifier: group for group in content.get_volumetric_roi_measurement_groups()}
    for number, side in enumerate(Side, start=1):
        item = whole[f"ICAC {side.value}"].referenced_segment[0]
        assert (item.referenced_sop_instance_uid, item.referenced_segment_numbers) == (
            segmentation.SOPInstanceUID, [number])
    second = next(lesion for lesion in result.lesions if lesion.side is Side.LEFT)
    group = next(group for group in content.get_image_measurement_groups()
                 if group.tracking_identifier.startswith(f"ICAC lesion {second.id},"))
    shown = group.source_images[0]
    assert shown.referenced_sop_instance_uid == segmentation.SOPInstanceUID
    frames = [segmentation.PerFrameFunctionalGroupsSequence[n - 1] for n in shown.referenced_frame_numbers]
    assert {int(one.SegmentIdentificationSequence[0].ReferencedSegmentNumber) for one in frames} == {2}
    slices = {one.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID for one in frames}
    assert {one.referenced_sop_instance_uid for one in group.source_images[1:]} == slices
    assert len(slices) == second.slices


def test_a_segment_for_each_lesion_is_pointed_at(result, tmp_path):
    content = hd.sr.srread(write_dicom_folder(tmp_path, result, "lesion")["dicom_report"]).content
    groups = content.get_volumetric_roi_measurement_groups()
    assert [group.referenced_segment[0].referenced_segment_numbers for group in groups
            if "lesion" in group.tracking_identifier] == [[1], [2], [3]]


def test_who_observed_and_that_it_is_for_research_only(files, result, tmp_path):
    said = texts(files["dicom_report"])
    assert "ICACSegmentation sim-test 0.1.0 (research use only)" in said
    assert any("For research use only; not a medical device." in text for text in said)
    assert "The slices of (hidden) are thick." in said and not any("Müller" in text for text in said)
    assert not any(text.endswith("^") for text in said)
    reviewed = write_dicom_folder(tmp_path, result, origin=Origin("SEMIAUTOMATIC", ("Ann Lee",)))
    assert "Ann Lee^" in texts(reviewed["dicom_report"])


def test_patient_and_study_are_those_of_the_scan_and_the_series_are_new(files, result):
    source = pydicom.dcmread(result.scan.native.slices[0].path)
    written = [pydicom.dcmread(path) for role, path in files.items() if role.startswith("dicom_")]
    for data in written:
        assert str(data.PatientName) == "Müller^Änne"
        for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime",
                        "StudyID", "AccessionNumber", "ReferringPhysicianName", "StudyDescription"):
            assert data[keyword].value == source[keyword].value, keyword
    assert len({data.SOPInstanceUID for data in written}) == 5
    series_of = {data.Modality: data.SeriesInstanceUID for data in written}
    assert len(set(series_of.values()) | {source.SeriesInstanceUID}) == 4 and set(series_of) == {"SEG", "SR", "OT"}
    assert written[0].FrameOfReferenceUID == source.FrameOfReferenceUID


def test_pictures_are_the_overview_and_one_a_side(files, result):
    from icac.report.picture.overview import draw_overview

    pictures = {name: pydicom.dcmread(files[f"dicom_{name}"]) for name in ("overview", "right", "left")}
    pixels = {name: data.pixel_array for name, data in pictures.items()}
    assert [int(data.InstanceNumber) for data in pictures.values()] == [1, 2, 3]
    tiles = np.asarray(draw_overview(result, Side.LEFT))
    assert pixels["left"].shape == tiles.shape
    same = (pixels["left"] == tiles).all(axis=(1, 2))
    assert same.mean() > 0.9, "all but the name of the scan in the first lines"
    assert len({array.tobytes() for array in pixels.values()}) == 3


def test_the_same_result_has_the_same_identifiers_and_another_one_others(result, tmp_path):
    def identifiers(**chosen) -> dict[str, str]:
        written = write_dicom_folder(tmp_path, result, **chosen)
        return {path.name: pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID for path in written.values()}

    first = identifiers()
    assert identifiers() == first
    assert not set(identifiers(origin=Origin("SEMIAUTOMATIC", ("A",))).values()) & set(first.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "icac_seg.dcm", "icac_sr.dcm", "left.dcm", "overview.dcm", "right.dcm"]


def test_results_without_dicom_take_the_old_ones_away(result, tmp_path):
    write_results(tmp_path, result, dicom="one")
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert record["files"]["dicom_report"] == "dicom/icac_sr.dcm"
    assert (tmp_path / record["files"]["dicom_segmentation"]).is_file()
    (tmp_path / "dicom" / "mine.txt").write_text("")
    write_results(tmp_path, result)
    assert [path.name for path in (tmp_path / "dicom").iterdir()] == ["mine.txt"]


def test_headers_that_lack_or_break_what_is_copied(tmp_path, errors_of):
    lacking = dict.fromkeys(("PatientID", "PatientBirthDate", "AccessionNumber", "FrameOfReferenceUID", "StudyTime",
                             "ReferringPhysicianName", "SliceThickness"))
    folder = series.write_series(tmp_path / "odd", **lacking, PatientSex="U", PatientAge="old")
    files = write_dicom_folder(tmp_path / "out", series.segmented(folder))
    data = pydicom.dcmread(files["dicom_segmentation"])
    assert (data.PatientID, data.PatientSex, "PatientAge" in data) == ("", "", False)
    assert data.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SliceThickness == 2.2
    assert {path.name: errors_of(path) for path in files.values() if errors_of(path)} == {}


@pytest.mark.parametrize(("removed", "method", "told"), [
    ("YES", "", "see the images of the series"), ("YES", "by hand", "by hand"), ("NO", "", None), ("MAYBE", "", None)])
def test_how_a_patient_was_made_unknown_is_told(tmp_path, errors_of, removed, method, told):
    folder = series.write_series(tmp_path / "x", PatientIdentityRemoved=removed, DeidentificationMethod=method)
    files = write_dicom_folder(tmp_path / "out", series.segmented(folder))
    assert pydicom.dcmread(files["dicom_report"]).get("DeidentificationMethod") == told
    assert {path.name: errors_of(path) for path in files.values() if errors_of(path)} == {}


def test_what_cannot_be_written_is_refused_in_one_sentence(result, tmp_path, monkeypatch):
    from dataclasses import replace

    from icac.report.dicom import possible

    image = replace(result, scan=replace(result.scan, native=None, path=Path("ct.nii.gz")))
    with pytest.raises(InputError, match=r"ct\.nii\.gz is no DICOM series, so its results cannot"):
        write_dicom_folder(tmp_path / "out", image)
    with pytest.raises(InputError, match=r"name the patient and the study.*--hide-names or --dicom-out"):
        write_results(tmp_path / "out", result, hide_names=True, dicom="side")
    with pytest.raises(InputError, match="is one of side, lesion, one, not 'both'"):
        write_dicom_folder(tmp_path / "out", result, "both")
    monkeypatch.setattr(possible, "find_spec", lambda name: None)
    with pytest.raises(IcacError, match=r'need highdicom: pip install "icac\[dicom\]"'):
        write_results(tmp_path / "out", result, dicom="side")
    assert not (tmp_path / "out").exists()


def test_an_image_of_the_scan_is_not_overwritten(tmp_path):
    folder = series.write_series(tmp_path / "scan")
    (folder / "000.dcm").rename(folder / "overview.dcm")
    before = (folder / "overview.dcm").read_bytes()
    with pytest.raises(OutputError, match="is what is to be read"):
        write_dicom_folder(folder, series.segmented(folder))
    assert (folder / "overview.dcm").read_bytes() == before and len(list(folder.iterdir())) == 22


def test_a_failure_leaves_the_old_files(result, tmp_path, monkeypatch):
    from icac.report.dicom import pictures

    write_dicom_folder(tmp_path, result)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(pictures, "make_pictures", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_dicom_folder(tmp_path, result, "lesion")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_of_cases_takes_a_corrected_segmentation_for_drawn_and_a_predicted_one_for_nothing(tmp_path):
    from icac.cases.look_through import look_through

    folder = series.write_series(tmp_path / "p1" / "ct")
    result = series.segmented(folder)
    files = write_dicom_folder(tmp_path / "p1" / "sent", result)
    found = look_through(tmp_path)
    assert [one.path for one in found.scans] == [folder] and found.masks == []
    write_dicom_folder(tmp_path / "p1" / "sent", result, origin=Origin("SEMIAUTOMATIC", ("A",)))
    [mask] = look_through(tmp_path).masks
    assert mask.path == files["dicom_segmentation"] and mask.series_uid == "1.2.3.4"


@pytest.mark.parametrize("kind", ["plain", "columns_negated", "head_first", "tilted", "uneven"])
def test_pictures_name_the_images_by_which_viewers_know_them(tmp_path, kind):
    result = series.segmented(series.write_series(tmp_path / kind, kind))
    frame, (orientation, positions) = result.scan.volume.frame, series.SERIES[kind]
    for point, _, _ in series.BOXES:
        away = np.abs((positions - np.array(point)) @ np.cross(*orientation))
        assert image_number(result, np.array(point)) == f", image {away.argmin() + 1}"
    slices = frame.size[2]
    assert (slices == len(positions)) == (kind != "uneven"), "there the mask has other slices than the series"
    assert image_number(replace(result, scan=replace(result.scan, native=None)), np.zeros(3)) == ""


def test_frames_are_images_too(tmp_path):
    result = series.segmented(series.write_multiframe(tmp_path / "frames"))
    heights = series.SERIES["plain"][1][::-1, 2]  # the file begins with the head
    assert image_number(result, np.array([0.0, 0.0, 27.0])) == f", image {np.abs(heights - 27).argmin() + 1}"


def test_pictures_for_the_archive_name_the_images_without_names_of_files(result, files, monkeypatch):
    told = []
    monkeypatch.setattr(overview_tile, "image_number",
                        lambda shown, point: told.append(image_number(shown, point)) or told[-1])
    write_dicom_folder(files["dicom_report"].parent.parent / "again", result)
    assert told and all(text.startswith(", image ") for text in told)
