"""DICOM SEG, report and pictures of a result whose CT came from a DICOM series."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

pytest.importorskip("highdicom", reason="highdicom is not installed: pip install 'icac[dicom]'")

_PLACE = Path(__file__).resolve().parents[2] / "icac" / "report" / "dicom" / "conftest.py"
_spec = importlib.util.spec_from_file_location("icac_test_dicom_series", _PLACE)
series = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(series)


def loaded(slicer, folder: Path, tmp_path: Path):
    """Put a series into the scene as Slicer's DICOM module does, with its result; return the segmentation."""
    from icac.report import write_results
    from ICACSegmentationLib.result.load import load_result
    from ICACSegmentationLib.scene.grids import FLIP

    result = series.segmented(folder)
    result = replace(result, scan=replace(result.scan, path=Path("CT.nrrd")))
    write_results(tmp_path / "result", result)
    volume = slicer.util.addVolumeFromArray(
        result.scan.volume.array, ijkToRAS=FLIP @ result.scan.volume.frame.affine, name="CT")
    volume.SetAttribute("DICOM.instanceUIDs", " ".join(one.uid for one in result.scan.native.slices))
    return load_result(tmp_path / "result", volume)


class Database:
    """What the module asks of Slicer's DICOM database."""

    isOpen = True  # noqa: N815

    def __init__(self, folder: Path) -> None:
        self.files = {pydicom.dcmread(path).SOPInstanceUID: str(path) for path in folder.iterdir()}

    def fileForInstance(self, uid: str) -> str:  # noqa: N802
        return self.files.get(uid, "")

    def instanceValue(self, uid: str, tag: str) -> str:  # noqa: N802
        group, element = (int(part, 16) for part in tag.split(","))
        found = pydicom.dcmread(self.files[uid], stop_before_pixels=True).get((group, element))
        return "" if found is None or found.value is None else str(found.value)


@pytest.fixture
def export(panel, slicer, monkeypatch):
    """Choose the export, answer its questions for folders in turn, and return what was asked."""
    import qt

    def run(segmentation, *answers) -> list[str]:
        panel.enter()
        panel.ui.resultSelector.setCurrentNode(segmentation)
        box, asked, left = panel.ui.exportBox, [], list(answers)
        texts = [box.itemText(number) for number in range(box.count)]
        box.setCurrentIndex(texts.index("DICOM SEG, report and pictures"))
        assert panel.ui.exportButton.enabled

        def ask(_parent, title):
            asked.append(title)
            return str(left.pop(0))
        monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", ask)
        panel.ui.exportButton.click()
        return asked
    return run


def drawn(path: Path) -> dict[str, np.ndarray]:
    """Return the union of the segments on each image of the series, by SOP Instance UID."""
    data, found = pydicom.dcmread(path), {}
    for groups, mask in zip(data.PerFrameFunctionalGroupsSequence, data.pixel_array, strict=True):
        uid = groups.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        found[uid] = found.get(uid, False) | (mask > 0)
    return found


def test_images_in_the_database_of_slicer_get_the_segmentation(export, slicer, tmp_path, monkeypatch, panel):
    folder = series.write_series(tmp_path / "series", "columns_negated")
    monkeypatch.setattr(slicer, "dicomDatabase", Database(folder), raising=False)
    asked = export(loaded(slicer, folder, tmp_path), tmp_path / "out")
    assert asked == ["Folder for DICOM SEG, report and pictures"]
    assert panel.ui.exportMessage.text == "Written: out"
    assert len(list((tmp_path / "out").iterdir())) == 5
    masks = drawn(tmp_path / "out" / "icac_seg.dcm")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        shown = masks.get(data.SOPInstanceUID, np.zeros(series.SHAPE, bool))
        assert np.array_equal(shown, data.pixel_array >= series.DENSE_HU)


def test_corrections_are_in_it_and_said(export, slicer, tmp_path, panel):
    folder = series.write_series(tmp_path / "series")
    segmentation = loaded(slicer, folder, tmp_path)
    panel.enter()
    panel.ui.resultSelector.setCurrentNode(segmentation)
    panel.reviewSections.ui.lesionTable.selectRow(0)
    panel.reviewSections.ui.rejectButton.click()
    left = sum(lesion.measured.voxels for lesion in panel.reviewSections.model.session.mask_lesions)
    asked = export(segmentation, folder, tmp_path / "out")
    assert asked == ["Folder of the DICOM series of CT", "Folder for DICOM SEG, report and pictures"]
    data = pydicom.dcmread(tmp_path / "out" / "icac_seg.dcm")
    assert {one.SegmentAlgorithmType for one in data.SegmentSequence} == {"SEMIAUTOMATIC"}
    assert np.count_nonzero(data.pixel_array) == left


def test_a_ct_that_was_moved_in_the_scene_keeps_its_images(export, slicer, tmp_path):
    folder = series.write_series(tmp_path / "series")
    segmentation = loaded(slicer, folder, tmp_path)
    from ICACSegmentationLib.scene.nodes import ct_of

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.updateTransformMatrixFromArray(transform, np.eye(4) + np.eye(4, k=3) * 5)
    for node in (ct_of(segmentation), segmentation):
        node.SetAndObserveTransformNodeID(transform.GetID())
    segmentation.HardenTransform()
    export(segmentation, folder, tmp_path / "out")
    masks = drawn(tmp_path / "out" / "icac_seg.dcm")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        shown = masks.get(data.SOPInstanceUID, np.zeros(series.SHAPE, bool))
        assert np.array_equal(shown, data.pixel_array >= series.DENSE_HU)


def test_the_folder_of_another_series_is_refused(export, slicer, tmp_path, panel):
    segmentation = loaded(slicer, series.write_series(tmp_path / "series"), tmp_path)
    other = series.write_series(tmp_path / "other", "columns_negated")
    assert export(segmentation, other) == ["Folder of the DICOM series of CT"]
    assert "other does not hold the images of CT" in panel.ui.exportMessage.text
    from ICACSegmentationLib.scene.nodes import ct_of

    ct_of(segmentation).RemoveAttribute("DICOM.instanceUIDs")
    shifted = series.write_series(tmp_path / "shifted", "turned")
    export(segmentation, shifted, tmp_path / "out")
    assert "does not lie on the images of its DICOM series" in panel.ui.exportMessage.text
    assert not (tmp_path / "out").exists()


def test_without_consent_or_folder_nothing_happens(export, slicer, tmp_path, panel, monkeypatch):
    from ICACSegmentationLib.export import panel as module

    segmentation = loaded(slicer, series.write_series(tmp_path / "series"), tmp_path)
    assert export(segmentation, "") == ["Folder of the DICOM series of CT"]
    monkeypatch.setattr(module, "ensure_highdicom", lambda ask: False)
    assert export(segmentation) == []
    assert not panel.ui.exportMessage.isVisibleTo(panel.ui.exportSection)


def test_the_libraries_of_slicer_read_what_was_written(export, slicer, tmp_path):
    folder = series.write_series(tmp_path / "series")
    export(loaded(slicer, folder, tmp_path), folder, tmp_path / "out")
    for name in ("icac_seg", "overview"):
        reader = (slicer.vtkITKArchetypeImageSeriesScalarReader() if name == "icac_seg"
                  else slicer.vtkITKArchetypeImageSeriesVectorReaderFile())
        reader.SetArchetype(str(tmp_path / "out" / f"{name}.dcm"))
        reader.SetSingleFile(1)
        reader.SetOutputScalarTypeToNative()
        reader.SetDesiredCoordinateOrientationToNative()
        reader.Update()
        image, data = reader.GetOutput(), pydicom.dcmread(tmp_path / "out" / f"{name}.dcm")
        from vtk.util.numpy_support import vtk_to_numpy

        read = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(data.pixel_array.shape)
        assert np.array_equal(read > 0 if name == "icac_seg" else read,
                              data.pixel_array > 0 if name == "icac_seg" else data.pixel_array)
