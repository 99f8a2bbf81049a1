"""The segmentation lies on the images of the series voxel for voxel, whatever reading did to them."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.errors import InputError
from icac.report import write_results
from icac.report.dicom import Origin, write_dicom_folder

hd = pytest.importorskip("highdicom", reason="highdicom is not installed: pip install 'icac[dicom]'")

_spec = importlib.util.spec_from_file_location("icac_test_dicom_series", Path(__file__).with_name("conftest.py"))
series = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(series)

#: Kinds of which reading keeps every voxel, or moves whole slices.
KEPT = ("plain", "columns_negated", "rows_negated", "head_first", "turned", "rounded")

#: Kinds that the quick set writes.
QUICK = ("plain", "tilted")


def kinds(wanted):
    """Return kinds of series for tests, of which the slow ones are marked so."""
    return [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in wanted]


def drawn(path: Path) -> dict[tuple[str, int], dict[int, np.ndarray]]:
    """Return the masks of a segmentation by image (SOP Instance UID and frame) and segment, read with pydicom alone."""
    data = pydicom.dcmread(path)
    found = {}
    pixels = data.pixel_array.reshape(-1, data.Rows, data.Columns)
    shared = data.SharedFunctionalGroupsSequence[0]
    for groups, mask in zip(data.PerFrameFunctionalGroupsSequence, pixels, strict=True):
        image = groups.DerivationImageSequence[0].SourceImageSequence[0]
        named = (groups if "SegmentIdentificationSequence" in groups else shared).SegmentIdentificationSequence[0]
        key = str(image.ReferencedSOPInstanceUID), int(image.get("ReferencedFrameNumber", 1))
        assert named.ReferencedSegmentNumber not in found.setdefault(key, {})
        found[key][int(named.ReferencedSegmentNumber)] = mask > 0
    return found


def images(folder: Path) -> dict[tuple[str, int], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return HU, position and orientation of each image of a series, from its header alone."""
    found = {}
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        if "PerFrameFunctionalGroupsSequence" not in data:
            found[data.SOPInstanceUID, 1] = (data.pixel_array, np.array(data.ImagePositionPatient, float),
                                             np.array(data.ImageOrientationPatient, float).reshape(2, 3))
            continue
        shared = data.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
        for number, groups in enumerate(data.PerFrameFunctionalGroupsSequence):
            position = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
            found[data.SOPInstanceUID, number + 1] = (data.pixel_array[number], position, np.array(
                shared.ImageOrientationPatient, float).reshape(2, 3))
    return found


def sampled(mask: Path, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of a file at LPS points, and where a point lies clearly nearest to one voxel."""
    image = sitk.ReadImage(str(mask))
    axes = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    index = (points - image.GetOrigin()) @ np.linalg.inv(axes).T
    nearest = np.rint(index).astype(int)
    inside = ((nearest >= 0) & (nearest < image.GetSize())).all(axis=-1)
    labels = np.zeros(points.shape[:-1], int)
    labels[inside] = sitk.GetArrayFromImage(image)[tuple(nearest[inside].T[::-1])]
    return labels, (np.abs(np.abs(index - nearest) - 0.5) > 0.01).all(axis=-1)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write a series and its results; return folder of the series, result, and files by role."""
    kept = {}

    def write(kind: str = "plain", each: str = "lesion"):
        if (kind, each) not in kept:
            root = tmp_path_factory.mktemp(f"{kind}-{each}")
            folder = series.write_series(root / kind, kind)
            result = series.segmented(folder)
            kept[kind, each] = folder, result, write_results(root / "out", result, dicom=each)
        return kept[kind, each]
    return write


def shown(masks: dict, key: tuple[str, int]) -> np.ndarray:
    """Return the number of the segment at each pixel of an image."""
    return sum(number * mask for number, mask in masks.get(key, {}).items()) + np.zeros(series.SHAPE, int)


@pytest.mark.parametrize("kind", kinds(kind for kind in series.SERIES if kind != "rounded"))
def test_every_pixel_has_the_label_of_the_mask(written, kind):
    folder, result, files = written(kind)
    masks, count = drawn(files["dicom_segmentation"]), 0
    for key, (_, position, orientation) in images(folder).items():
        labels, clear = sampled(files["mask"], series.pixel_points(position, orientation))
        assert np.array_equal(shown(masks, key)[clear], labels[clear]), key
        assert (~clear & (labels > 0)).sum() < 0.2 * max((labels > 0).sum(), 20)
        count += np.count_nonzero(shown(masks, key))
    assert count > 200
    assert len(result.lesions) == 3


@pytest.mark.parametrize("kind", kinds(KEPT))
def test_where_reading_keeps_the_voxels_every_dense_pixel_is_drawn_and_no_other(written, kind):
    folder, _, files = written(kind)
    masks = drawn(files["dicom_segmentation"])
    for key, (hu, _, _) in images(folder).items():
        assert np.array_equal(shown(masks, key) > 0, hu >= series.DENSE_HU)


@pytest.mark.parametrize("kind", kinds(["tilted", "tilted_columns_negated"]))
def test_a_tilted_gantry_costs_no_voxel(written, kind):
    folder, result, files = written(kind)
    assert result.scan.resampled
    counts, hu = Counter(), []
    values = images(folder)
    for key, masks in drawn(files["dicom_segmentation"]).items():
        for number, mask in masks.items():
            counts[number] += int(mask.sum())
            hu += values[key][0][mask].tolist()
    assert dict(counts) == {number: lesion.voxels for number, lesion in enumerate(result.lesions, start=1)}
    assert np.mean(np.array(hu) >= series.DENSE_HU) > 0.8, "the shift blurs edges; the rest lies on the calcium"


@pytest.mark.parametrize("kind", kinds(series.SERIES))
def test_right_is_right(written, kind):
    """By the positions and the orientation in the file itself, whatever those of the series."""
    _, result, files = written(kind)
    data = pydicom.dcmread(files["dicom_segmentation"])
    sides = {int(one.SegmentNumber): one.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning
             for one in data.SegmentSequence}
    assert list(sides.values()) == [lesion.side.value.capitalize() for lesion in result.lesions]
    shared = data.SharedFunctionalGroupsSequence[0]
    orientation = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    assert list(shared.PixelMeasuresSequence[0].PixelSpacing) == list(series.SPACING[::-1])
    seen = set()
    for groups, mask in zip(data.PerFrameFunctionalGroupsSequence, data.pixel_array, strict=True):
        points = series.pixel_points(np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float), orientation)
        number = int(groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        assert (np.sign(points[mask > 0][:, 0]) == (-1 if sides[number] == "Right" else 1)).all()
        seen.add(sides[number])
    assert seen == {"Right", "Left"}


@pytest.mark.parametrize("files", [1, 3])
def test_frames_of_enhanced_ct(tmp_path, files, errors_of):
    folder = series.write_multiframe(tmp_path / "enhanced", files)
    written = write_dicom_folder(tmp_path / "out", series.segmented(folder), "one")
    masks = drawn(written["dicom_segmentation"])
    for key, (hu, _, _) in images(folder).items():
        assert np.array_equal(shown(masks, key) > 0, hu >= series.DENSE_HU)
    data = pydicom.dcmread(written["dicom_segmentation"])
    assert len(data.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == files
    assert {one.ReferencedSOPClassUID for one in data.SourceImageSequence} == {"1.2.840.10008.5.1.4.1.1.2.1"}
    assert {name: errors_of(path) for name, path in written.items() if errors_of(path)} == {}


@pytest.mark.parametrize(("kind", "each"), [("columns_negated", "side"), ("tilted", "lesion"), ("uneven", "one")])
def test_dicom3tools_finds_no_error(written, errors_of, kind, each):
    _, _, files = written(kind, each)
    dicom = [path for role, path in files.items() if role.startswith("dicom_")]
    assert len(dicom) == 5
    assert {path.name: errors_of(path) for path in dicom if errors_of(path)} == {}


def test_highdicom_reads_the_same(written):
    folder, _, files = written("columns_negated", "side")
    read = hd.seg.segread(files["dicom_segmentation"])
    masks = drawn(files["dicom_segmentation"])
    uids = [key[0] for key in images(folder)]
    pixels = read.get_pixels_by_source_instance(uids, combine_segments=True, assert_missing_frames_are_empty=True,
                                                ignore_spatial_locations=True)
    for uid, found in zip(uids, pixels, strict=True):
        assert np.array_equal(found, shown(masks, (uid, 1)))
    assert [read.get_segment_description(n).segment_label for n in (1, 2)] == ["ICAC right", "ICAC left"]


def test_icac_reads_its_own_segmentation_on_the_voxels_of_the_scan(written):
    from icac.ct.masks import place_mask, read_mask

    _, result, files = written("columns_negated", "side")
    found, resampled = place_mask(read_mask(files["dicom_segmentation"]), result.scan.volume.frame)
    assert not resampled
    assert np.array_equal(found, result.mask)
    right = read_mask(files["dicom_segmentation"], "ICAC right")
    assert np.array_equal(place_mask(right, result.scan.volume.frame)[0], result.labels == result.lesions[0].id)


def test_the_segments_say_what_and_how(written, tmp_path):
    _, result, files = written()
    first = pydicom.dcmread(files["dicom_segmentation"]).SegmentSequence[0]
    assert first.SegmentAlgorithmType == "AUTOMATIC"
    assert first.SegmentationAlgorithmIdentificationSequence[0].AlgorithmVersion == "0.1.0"
    assert "sim-test" in first.SegmentAlgorithmName
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeValue == "18115005"
    assert first.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "49755003"
    assert first.AnatomicRegionSequence[0].CodeValue == "86117002"
    assert first.SegmentLabel == "ICAC lesion 1, right C3"
    reviewed = write_dicom_folder(tmp_path / "reviewed", result, "one", Origin("SEMIAUTOMATIC", ("Dr. A=B^C",)))
    data = pydicom.dcmread(reviewed["dicom_segmentation"])
    assert [one.SegmentAlgorithmType for one in data.SegmentSequence] == ["SEMIAUTOMATIC"]
    assert str(data.ContentCreatorName) == "Dr. A B C^"


def test_a_lesion_between_two_far_slices_is_shown_on_the_nearest(tmp_path):
    """In an uneven stack the mask has slices where the series has none."""
    result = series.segmented(series.write_series(tmp_path / "uneven", "uneven"))
    frame = result.scan.volume.frame
    z = round((26.0 + 3.1 * 3.45) / 1.3)  # between the slices at 35.3 and 38.4 mm
    labels = np.zeros_like(result.labels)
    labels[z, 40:44, 30:36] = 7
    shown = result.scan.native.labels_on(result.scan.volume.like(labels))
    [number] = np.flatnonzero(shown.any(axis=(1, 2)))
    height = frame.to_lps(np.array([0, 0, z]))[2]
    heights = np.array([one.position[2] for one in result.scan.native.slices])
    assert np.abs(heights - height).min() > 0.65, "no slice would show it otherwise"
    assert number == np.abs(heights - height).argmin()
    assert np.array_equal(shown[number, 40:44, 30:36], np.full((4, 6), 7)) and (shown > 0).sum() == 24


def test_no_icac_is_an_empty_segmentation(tmp_path, monkeypatch, errors_of):
    monkeypatch.setattr(series, "BOXES", ())
    result = series.segmented(series.write_series(tmp_path / "none"))
    for each, names in (("side", 2), ("lesion", 1)):
        files = write_dicom_folder(tmp_path / each, result, each)
        data = pydicom.dcmread(files["dicom_segmentation"])
        assert len(data.SegmentSequence) == names and not data.pixel_array.any()
        assert {path.name: errors_of(path) for path in files.values() if errors_of(path)} == {}


def test_a_series_nobody_can_refer_to_is_refused(tmp_path):
    same = series.segmented(series.write_series(tmp_path / "same", SOPInstanceUID="1.2.3.5"))
    with pytest.raises(InputError, match="no SOP Instance UID of their own"):
        write_dicom_folder(tmp_path / "out", same)
    assert not (tmp_path / "out").exists()
