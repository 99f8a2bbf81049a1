from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import write_volume
from icac.ct.masks import place_mask, read_mask, refuse_inverted, taken_as_one
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.report.dicom.terminology import terminology_entry
from icac.report.segmentation_nrrd import NamedMask, write_segments

SHEARED = Frame(np.array([[0.5, 0, 0, -5.0], [0, 0.5, 1.0, 3.0], [0, 0, 2.0, -7.0], [0, 0, 0, 1]]), (20, 12, 8))
PLAIN = Frame.regular((0.5, 0.6, 0.7), (6, 5, 4), origin=(1.0, 2.0, 3.0))


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz", "mask.nrrd", "mask.mha"])
@pytest.mark.parametrize("frame", [SHEARED, PLAIN], ids=["sheared", "plain"])
def test_masks_of_every_format(frame, name, tmp_path):
    labels = np.zeros(frame.shape, dtype=np.int16)
    labels[1, 2, 3:5], labels[3, 4, 5] = 1, 300
    mask = read_mask(write_volume(Volume(labels, frame), tmp_path / name))
    assert mask.array.dtype == bool
    assert np.array_equal(mask.array, labels > 0)
    assert mask.frame.matches(frame, 1e-3)


@pytest.fixture
def layers(tmp_path):
    """Return a segmentation whose two segments lie in two layers, as 3D Slicer stores them when they overlap."""
    array = np.zeros((*PLAIN.shape, 2), np.uint8)
    array[1, 2, 3, 0] = 1
    array[1, 2, 3:5, 1] = 2
    image = sitk.GetImageFromArray(array, isVector=True)
    image.SetSpacing(PLAIN.spacing)
    image.SetOrigin(PLAIN.origin)
    for number, fields in enumerate(({"Name": "bone", "Layer": "0", "LabelValue": "1"},
                                     {"Name": "ICAC", "Layer": "1", "LabelValue": "2"})):
        for key, value in fields.items():
            image.SetMetaData(f"Segment{number}_{key}", value)
    path = tmp_path / "drawn.seg.nrrd"
    sitk.WriteImage(image, str(path))
    return path


def test_all_layers_of_a_segmentation_count(layers):
    mask = read_mask(layers)
    assert np.argwhere(mask.array).tolist() == [[1, 2, 3], [1, 2, 4]]
    assert mask.frame.matches(PLAIN) and mask.segments == ("bone", "ICAC")


def test_one_segment_by_name(layers):
    assert read_mask(layers, "bone").segments == ("bone",)
    assert np.argwhere(read_mask(layers, "bone").array).tolist() == [[1, 2, 3]]
    assert np.argwhere(read_mask(layers, "ICAC").array).tolist() == [[1, 2, 3], [1, 2, 4]]
    with pytest.raises(InputError, match=r"drawn\.seg\.nrrd has no segment 'carotid'; it has bone, ICAC"):
        read_mask(layers, "carotid")


def test_segments_that_this_library_wrote(tmp_path):
    masks = np.zeros((2, *SHEARED.shape), dtype=bool)
    masks[0, 1, 2, 3] = masks[1, 4, 5, 6:8] = True
    segments = [NamedMask(name, name, (255, 0, 0), terminology_entry(), mask)
                for name, mask in zip(("right", "left"), masks, strict=True)]
    path = write_segments(segments, Volume(np.zeros(SHEARED.shape), SHEARED), tmp_path / "x.seg.nrrd", "test")
    assert np.array_equal(read_mask(path, "left").array, masks[1])
    assert np.array_equal(read_mask(path).array, masks.any(axis=0))
    assert read_mask(path).frame.matches(SHEARED)


def test_other_formats_have_no_segments(tmp_path):
    path = write_volume(Volume(np.zeros(PLAIN.shape, np.uint8), PLAIN), tmp_path / "m.nii.gz")
    with pytest.raises(InputError, match="no named segments"):
        read_mask(path, "ICAC")


def test_unreadable_masks_are_named(tmp_path):
    (tmp_path / "x.nrrd").write_text("no image")
    with pytest.raises(InputError, match=r"x\.nrrd cannot be read"):
        read_mask(tmp_path / "x.nrrd")
    with pytest.raises(InputError, match="does not exist"):
        read_mask(tmp_path / "absent.nii.gz")
    with pytest.raises(InputError, match="holds no DICOM files"):
        read_mask(tmp_path)


def test_boxes_are_put_in_their_place_exactly():
    inner = SHEARED.crop((4, 3, 2), (3, 2, 1))
    array, resampled = place_mask(Volume(np.ones((1, 2, 3), bool), inner), SHEARED)
    assert not resampled
    assert np.argwhere(array).tolist() == [[2, y, x] for y in (3, 4) for x in (4, 5, 6)]
    beyond = Volume(np.ones((2, 2, 4), bool), SHEARED.crop((-2, 11, 7), (4, 2, 2)))
    array, resampled = place_mask(beyond, SHEARED)
    assert not resampled
    assert np.argwhere(array).tolist() == [[7, 11, 0], [7, 11, 1]]
    outside = Volume(np.ones((2, 2, 2), bool), SHEARED.crop((30, 0, 0), (2, 2, 2)))
    assert not place_mask(outside, SHEARED)[0].any()


def test_masks_on_other_voxels_are_resampled_where_they_lie():
    fine = Frame.regular((0.25, 0.3, 0.35), (12, 10, 8), origin=(0.875, 1.85, 2.825))
    mask = np.zeros(fine.shape, dtype=bool)
    mask[2:4, 4:6, 6:8] = True  # exactly voxel (1, 2, 3) of the coarse grid
    array, resampled = place_mask(Volume(mask, fine), PLAIN)
    assert resampled
    assert np.argwhere(array).tolist() == [[1, 2, 3]]


def test_of_values_from_0_to_1_those_from_a_half_on_count(tmp_path):
    soft = np.zeros(PLAIN.shape, np.float32)
    soft[1, 2, 3:6] = 0.49, 0.5, 1.02
    path = write_volume(Volume(soft, PLAIN), tmp_path / "m.nii.gz")
    mask = read_mask(path)
    assert np.argwhere(mask.array).tolist() == [[1, 2, 4], [1, 2, 5]]
    assert "from 0.5 on" in mask.notes[0]


def test_labels_in_any_type_and_with_any_background_count(tmp_path):
    labels = np.full(PLAIN.shape, -1, np.int16)
    labels[1, 2, 3], labels[2, 3, 4] = 1, 7
    path = write_volume(Volume(labels, PLAIN), tmp_path / "m.nii.gz")
    assert np.array_equal(read_mask(path).array, labels > 0) and read_mask(path).notes == ()
    sitk.WriteImage(Volume(np.where(labels > 0, labels, np.nan).astype(np.float32), PLAIN).to_sitk(),
                    str(tmp_path / "f.nrrd"))
    assert np.array_equal(read_mask(tmp_path / "f.nrrd").array, labels > 0)
    assert taken_as_one(read_mask(path), path) == f"{path} has 2 labels (1, 7), which were taken together."
    assert taken_as_one(Volume(labels > 0, PLAIN), path) == ""


@pytest.mark.parametrize("values", [(-1024, 0, 900), (0.0, 0.3, 12.5), (0.0, 37.5, 100.0), (0.0, 1.0, np.inf)])
def test_what_is_no_mask_is_refused(values, tmp_path):
    array = np.resize(np.array(values, np.float32), PLAIN.shape)
    with pytest.raises(InputError, match="is no mask"):
        read_mask(write_volume(Volume(array, PLAIN), tmp_path / "m.nrrd"))


@pytest.mark.parametrize(("key", "value"), [("LabelValue", "x"), ("Layer", "-1"), ("Layer", "9"), ("Layer", "")])
def test_segments_that_are_described_wrongly_are_refused(key, value, layers):
    data = layers.read_bytes()
    start = data.index(f"Segment1_{key}:=".encode())
    layers.write_bytes(data[:start] + f"Segment1_{key}:={value}".encode() + data[data.index(b"\n", start):])
    with pytest.raises(InputError, match=r"drawn\.seg\.nrrd"):
        read_mask(layers, "ICAC")


def test_a_mask_of_the_background_is_refused():
    marked = np.ones(PLAIN.shape, bool)
    marked[1, 2, 3] = False
    with pytest.raises(InputError, match="marks 99% of the voxels of the scan"):
        refuse_inverted(marked, "m.nii")
    refuse_inverted(~marked, "m.nii")
