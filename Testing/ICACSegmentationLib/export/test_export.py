"""What the export writes, read back without Slicer."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813


@pytest.fixture
def export(panel, slicer, result, tmp_path, monkeypatch):
    """Choose a form by its place in the list, click, and return the file."""
    import qt

    panel.enter()
    panel.ui.resultSelector.setCurrentNode(result)

    def click(choice: str, name: str = ""):
        box = panel.ui.exportBox
        texts = [box.itemText(number) for number in range(box.count)]
        box.setCurrentIndex(next(number for number, text in enumerate(texts) if choice in text))
        monkeypatch.setattr(qt.QFileDialog, "getSaveFileName", lambda *_: str(tmp_path / name) if name else "")
        panel.ui.exportButton.click()
        return tmp_path / name
    return click


def labels_and_matrix(path) -> tuple[np.ndarray, np.ndarray]:
    image = sitk.ReadImage(str(path))
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image), np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix


def ct_matrix(slicer, volume) -> np.ndarray:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def test_labelmap_lies_on_the_voxels_of_the_ct(export, slicer, result):
    from ICACSegmentationLib.scene.nodes import ct_of

    labels, matrix = labels_and_matrix(export("NRRD", "labels.nrrd"))
    assert np.array_equal(labels > 0, slicer.util.arrayFromVolume(ct_of(result)) >= 400)
    assert set(np.unique(labels)) == {0, 1, 2}
    assert np.allclose(matrix, ct_matrix(slicer, ct_of(result)), atol=1e-4)


def test_labelmap_lies_on_the_file_of_a_ct_that_was_moved(export, slicer, result):
    from ICACSegmentationLib.scene.nodes import ct_of

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    slicer.util.updateTransformMatrixFromArray(transform, np.diag([1.0, 1, 1, 1]) + np.eye(4, k=3) * 5)
    for node in (ct_of(result), result):
        node.SetAndObserveTransformNodeID(transform.GetID())
    result.HardenTransform()
    labels, matrix = labels_and_matrix(export("NRRD", "labels.nrrd"))
    assert np.array_equal(labels > 0, slicer.util.arrayFromVolume(ct_of(result)) >= 400)
    assert np.allclose(matrix, ct_matrix(slicer, ct_of(result)), atol=1e-4)


def test_nifti_of_a_tilted_ct_becomes_nrrd_and_says_so(export, panel, tmp_path):
    export("NIfTI", "labels.nii.gz")
    assert (tmp_path / "labels.nrrd").is_file()
    assert panel.ui.exportMessage.text.endswith("labels.nrrd")


def test_table_has_one_row_a_lesion(export):
    with export("CSV", "lesions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["side"] for row in rows] == ["right", "left"]
    assert [int(row["voxels"]) for row in rows] == [60, 6]


def test_report_keeps_prediction_and_correction_apart(export, panel, slicer, result):
    review = panel.reviewSections.ui
    review.lesionTable.selectRow(0)
    review.rejectButton.click()
    report = json.loads(export("JSON", "report.json").read_text(encoding="utf-8"))
    assert len(report["prediction"]["lesions"]) == 2
    assert len(report["corrected"]["lesions"]) == 1
    assert report["corrected"]["algorithm_type"] == "SEMIAUTOMATIC"
    assert report["review"]["actions"][0]["at"]


def test_segmentation_file_names_the_algorithm(export):
    image = sitk.ReadImage(str(export("Segmentation", "icac.seg.nrrd")))
    assert "DICOM.SegmentAlgorithmType:AUTOMATIC" in image.GetMetaData("Segment0_Tags")
    assert "18115005" in image.GetMetaData("Segment0_Tags")


def test_table_in_the_scene(export, slicer):
    export("scene")
    table = slicer.util.getNodesByClass("vtkMRMLTableNode")[0]
    assert table.GetNumberOfRows() == 2
    assert slicer.util.arrayFromTableColumn(table, "voxels").tolist() == [60, 6]
    export("scene")
    assert len(slicer.util.getNodesByClass("vtkMRMLTableNode")) == 1


def test_dicom_seg_says_why_it_cannot_be_written_here(export, panel):
    export("DICOM")
    assert not panel.ui.exportButton.enabled
    assert panel.ui.exportMessage.text == "This Slicer cannot write DICOM SEG; Slicer 5.12 can."


def test_segments_carry_the_algorithm_for_dicom(panel, slicer, result):
    from ICACSegmentationLib.export.dicom_seg import set_algorithm
    from ICACSegmentationLib.result.data import report_of
    from ICACSegmentationLib.review.scene_review import open_review
    from vtk import mutable

    review = open_review(result, "")
    set_algorithm(result, review.session, report_of(result))
    review.close()
    values = []
    for tag in ("DICOM.SegmentAlgorithmType", "DICOM.SegmentAlgorithmName"):
        value = mutable("")
        assert result.GetSegmentation().GetSegment("ICAC").GetTag(tag, value)
        values.append(str(value))
    assert values == ["AUTOMATIC", "ICACSegmentation test 1.2"]


def test_a_picture_needs_a_comparison(export, panel, tmp_path):
    export("Picture", "comparison.png")
    assert "press Compare first" in panel.ui.exportMessage.text
    assert not list(tmp_path.glob("*.png"))


def test_picture_of_the_comparison(export, panel, slicer, result, tmp_path):
    from ICACSegmentationLib.scene.nodes import ct_of
    from PIL import Image

    manual = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "regions")
    manual.CopyOrientation(ct_of(result))
    slicer.util.updateVolumeFromArray(manual, np.ones((9, 30, 40), np.uint8))
    panel.ui.manualSelector.setCurrentNode(manual)
    panel.ui.compareButton.click()
    with Image.open(export("Picture", "comparison.png")) as picture:
        width, height = picture.size
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert width > height > 80
    assert (pixels[:, :width // 2, 1] - pixels[:, :width // 2, 0]).max() > 100, "green on the left"
    assert (pixels[:, width // 2:, 0] - pixels[:, width // 2:, 1]).max() > 100, "red on the right"


def test_cancelling_the_dialog_writes_nothing(export, panel, tmp_path):
    export("CSV")
    assert list(tmp_path.iterdir()) == []
    assert not panel.ui.exportMessage.isVisibleTo(panel.ui.exportSection)


def test_a_folder_that_does_not_exist_is_told(export, panel):
    export("CSV", "nowhere/lesions.csv")
    assert "cannot be written" in panel.ui.exportMessage.text
