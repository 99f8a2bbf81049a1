"""The states of the panel that are pictured, in the order in which a user meets them; each goes on from the last."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import qt
import slicer
from window import Window, load


class Story:
    """What the states share.

    Attributes
    ----------
    ui
        Widgets of the panel.
    review
        Widgets of the sections Review and Correct.

    """

    def __init__(self, window: Window, data: Path, temporary: Path) -> None:
        self.window, self.panel, self.data, self.temporary = window, window.panel, data, temporary
        self.ui, self.review = window.panel.ui, window.panel.reviewSections.ui

    def settle(self) -> None:
        """Let timers fire, layouts settle and views draw."""
        for _ in range(12):  # a label that wraps is given its room some rounds later
            slicer.app.processEvents()
            time.sleep(0.02)

    def wait(self, condition) -> None:
        """Let the application run until something is true."""
        while not condition():
            slicer.app.processEvents()
            time.sleep(0.02)

    def open(self, section: str) -> None:
        """Open a section as a user does, and scroll to it where that is needed."""
        getattr(self.ui, section).collapsed = False
        self.settle()
        self.window.scroll.ensureWidgetVisible(getattr(self.ui, section))

    def enter_name(self, reader: str) -> None:
        """Go on with the worklist as this reader."""
        self.review.annotatorEdit.setText(reader)
        self.review.annotatorEdit.editingFinished.emit()

    def close(self, section: str) -> None:
        """Close a section as a user does."""
        getattr(self.ui, section).collapsed = True


def wrong_ct(story: Story) -> None:
    """A CT that cannot be used is refused before the run."""
    rng = np.random.default_rng(1)
    volume = slicer.util.addVolumeFromArray(rng.normal(90, 30, (40, 128, 128)).astype(np.int16), name="MR brain")
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    story.panel.enter()


def checked_ct(story: Story) -> None:
    """A CT is loaded, chosen and checked."""
    slicer.mrmlScene.Clear()
    load(story.data / "simulated_ct.nii.gz", "Head CT")
    story.panel.enter()
    story.ui.settingsBox.collapsed = False
    story.wait(lambda: "Processor" in story.ui.deviceBox.itemText(1) and ":" in story.ui.deviceBox.itemText(1))


def running(story: Story) -> None:
    """The program runs; the button cancels it."""
    story.ui.settingsBox.collapsed = True
    story.ui.segmentButton.click()
    story.wait(lambda: story.ui.progressBar.value >= 30)


def result(story: Story) -> None:
    """The result is there."""
    story.wait(lambda: not story.panel.logic.job.is_running)


def overview_3d(story: Story) -> None:
    """Lesions, carotid course and faint bone in 3D, the course in the slices too."""
    story.ui.show3DButton.click()
    story.ui.showCourseButton.click()


def review(story: Story) -> None:
    """One lesion is rejected, the next one is selected."""
    story.ui.show3DButton.click()
    story.ui.showCourseButton.click()
    story.review.reviewerEdit.setText("A. Reader")
    story.review.reviewerEdit.editingFinished.emit()
    story.review.lesionTable.selectRow(0)
    story.review.rejectButton.click()
    story.review.lesionTable.selectRow(1)


def trim(story: Story) -> None:
    """What trimming would take from the selected lesion is shown before it is applied."""
    story.open("correctSection")
    table = story.review.lesionTable
    titles = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount)]
    volumes = [float(table.item(row, titles.index("mm³")).text()) for row in range(table.rowCount)]
    table.selectRow(int(np.argmax(volumes)))
    story.review.trimSlider.setValue(story.review.trimSlider.maximum)
    story.review.trimButton.click()


def add_manual(story: Story):
    """Draw generous manual regions: the truth of the simulation, one voxel wider, without the smallest lesions."""
    from scipy import ndimage

    truth = load(story.data / "simulated_truth.nii.gz")
    mask = slicer.util.arrayFromVolume(truth) > 0
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel())
    kept = ndimage.binary_dilation(np.isin(labels, np.flatnonzero(sizes[: count + 1] > 6)[1:]))
    manual = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Manual regions")
    manual.CopyOrientation(truth)
    slicer.util.updateVolumeFromArray(manual, kept.astype(np.uint8))
    slicer.mrmlScene.RemoveNode(truth)
    slicer.util.setSliceViewerLayers(background=story.ui.inputSelector.currentNode())
    return manual


def side_by_side(story: Story) -> None:
    """Predicted on the left, manual on the right, in linked views."""
    story.review.trimButton.click()
    story.review.undoButton.click()
    story.open("compareSection")
    story.ui.manualSelector.setCurrentNode(add_manual(story))
    story.ui.compareButton.click()
    story.ui.compareTable.selectRow(1)


def over_each_other(story: Story) -> None:
    """Both over each other, the CT alone beside them."""
    story.ui.compareModeBox.setCurrentIndex(1)


def agreement(story: Story) -> None:
    """Where both agree and where not."""
    story.ui.compareModeBox.setCurrentIndex(2)


def exported(story: Story) -> None:
    """The comparison was written as a picture."""
    qt.QFileDialog.getSaveFileName = lambda *_: str(story.temporary / "comparison.png")
    story.open("exportSection")
    story.ui.exportBox.setCurrentIndex(story.ui.exportBox.count - 1)
    story.ui.exportButton.click()


def make_cases(story: Story) -> Path:
    """Write a table of three cases, all of the simulated scan, with its result and the manual regions."""
    from icac import segment
    from icac.ct import read_ct, write_volume
    from icac.geometry import Volume

    ct, folder = story.data / "simulated_ct.nii.gz", story.temporary / "cases"
    folder.mkdir()
    manual = slicer.util.arrayFromVolume(story.ui.manualSelector.currentNode())
    write_volume(Volume(manual, read_ct(ct).volume.frame), folder / "regions.nii.gz")
    segment(ct).save(folder / "result", save_probability=True)
    rows = [f"patient 0{number},{ct.resolve()},regions.nii.gz,result" for number in (1, 2, 3)]
    table = folder / "cases.csv"
    table.write_text("\n".join(["case,image,roi,result", *rows]), encoding="utf-8")
    return table


def worklist(story: Story) -> None:
    """A table of cases is open, the first one is done."""
    slicer.util.confirmOkCancelDisplay = lambda *_, **__: True
    table = make_cases(story)
    story.panel.reviewSections.worklistPanel.open(table)
    story.review.doneButton.click()
    story.close("exportSection")
    story.open("worklistSection")


def blinded(story: Story) -> None:
    """Two outlines of one case, and nothing tells which is the manual one."""
    story.review.blindedBox.collapsed = False
    story.review.blindedButton.click()
    story.open("worklistSection")


def fresh_result(story: Story) -> tuple:
    """Begin anew: the CT with the result that the program makes of it; return both and the folder of the result."""
    from icac import segment
    from ICACSegmentationLib.result.load import load_result

    folder = story.temporary / "fresh"
    if not folder.is_dir():
        segment(story.data / "simulated_ct.nii.gz").save(folder, save_probability=True)
    slicer.mrmlScene.Clear()
    volume = load(story.data / "simulated_ct.nii.gz", "Head CT")
    story.panel.enter()
    result = load_result(folder, volume)
    story.ui.inputSelector.setCurrentNode(volume)
    story.ui.resultSelector.setCurrentNode(result)
    story.settle()
    for section in ("segmentSection", "exportSection", "compareSection", "worklistSection", "correctSection",
                    "reviewSection"):
        story.close(section)
    return volume, result, folder


def scores(story: Story) -> None:
    """The visual scores that are proposed; the reader changed one and saved them."""
    fresh_result(story)
    story.close("resultSection")
    story.open("scoresSection")
    story.review.scoresReviewerEdit.setText("A. Reader")
    story.review.scoresReviewerEdit.editingFinished.emit()
    story.review.morphologyLeftBox.setCurrentIndex(2)
    story.review.saveScoresButton.click()


def among_others(story: Story) -> None:
    """Norms are chosen, and age and sex are known: the result says where it lies among others."""
    from icac.norms import Measured, Person
    from icac.norms.fit import fit_norms
    from ICACSegmentationLib.result.data import report_of

    _, result, _ = fresh_result(story)
    story.close("scoresSection")
    story.open("compareSection")
    rng = np.random.default_rng(0)
    people = [Person(float(age), "female" if n % 2 else "male") for n, age in enumerate(rng.uniform(50, 90, 2000))]
    record = report_of(result)
    made, _ = fit_norms("Example cohort", people, rng.exponential(80, len(people)).tolist(),
                        Measured(record.model, record.model_version, record.model_checksum,
                                 {"threshold": f"{record.threshold:g}"}))
    story.ui.othersBox.collapsed = False
    story.ui.ageEdit.setText("71")
    story.ui.sexBox.setCurrentIndex(1)
    story.panel.resultPanel.others.use(made.save(story.temporary / "norms.json"))
    story.window.scroll.ensureWidgetVisible(story.ui.othersBox)


def change(story: Story) -> None:
    """Two scans of one person: in the second one a lesion is gone and another one is smaller."""
    from ICACSegmentationLib.result.load import load_result
    from ICACSegmentationLib.scene.grids import segment_mask, set_segment_mask, world_frame

    _, first, folder = fresh_result(story)
    story.panel.resultPanel.others.use("")
    second = load(story.data / "simulated_ct.nii.gz", "Head CT, later")
    later = load_result(folder, second)
    frame = world_frame(second)
    mask = segment_mask(later, "ICAC", frame)
    places = np.argwhere(mask)
    mask[:, :, : int(np.percentile(places[:, 2], 40))] = False
    set_segment_mask(later, "ICAC", mask, frame)
    story.close("compareSection")
    story.open("changeSection")
    story.ui.changeFirstResultSelector.setCurrentNode(first)
    story.ui.changeSecondResultSelector.setCurrentNode(later)
    story.settle()
    story.ui.changeButton.click()
    story.wait(lambda: not story.panel.viewSections.change.job.is_running)
    story.ui.changeTable.selectRow(1)
    story.open("changeSection")


def readers(story: Story) -> None:
    """A list that is read blind, with fields of its own."""
    fresh_result(story)
    story.close("changeSection")
    table = story.temporary / "double" / "cases.csv"
    table.parent.mkdir()
    ct, result = (story.data / "simulated_ct.nii.gz").resolve(), story.temporary / "fresh"
    rows = [f"patient 0{number},{ct},{result},,," for number in (1, 2, 3)]
    table.write_text("\n".join(["case,image,result,quality:good|fair|poor,stent:yes/no,stenosis:number 0..100", *rows]),
                     encoding="utf-8")
    slicer.util.confirmOkCancelDisplay = lambda *_, **__: True
    story.panel.reviewSections.worklistPanel.open(table)
    story.review.blindModelBox.click()
    story.close("reviewSection")
    for box in (story.review.fieldsBox, story.review.readersBox):
        box.collapsed = False
    story.open("worklistSection")
    story.settle()
    story.window.scroll.ensureWidgetVisible(story.review.readersLabel)


def third_reading(story: Story) -> None:
    """Two have read a case, the second without two of the lesions; a third sees in what they differ."""
    story.review.blindModelBox.click()
    for reader, rejected in (("Anna", 0), ("Bea", 2)):
        story.enter_name(reader)
        for row in range(rejected):
            story.review.lesionTable.setCurrentCell(row, 0)
            story.review.rejectButton.click()
        story.review.doneButton.click()
    story.enter_name("Carl")
    story.review.adjudicateButton.click()
    story.review.fieldsBox.collapsed = True
    story.review.takeBox.setCurrentIndex(1)
    story.settle()
    story.review.lesionTable.setCurrentCell(0, 0)
    story.window.scroll.ensureWidgetVisible(story.review.takeButton)


def study(story: Story) -> None:
    """Several volumes of a study are loaded, and another one than the chosen one suits better."""
    story.panel.reviewSections._opened.close()
    slicer.mrmlScene.Clear()
    tags = {"0020,000D": "1.2", "0010,0020": "P", "0008,0060": "CT", "0018,1210": "Hr40f", "0020,0052": "1.5"}
    known = {}

    class Database:
        """What the DICOM database would know; no wheel holds that."""

        def instanceValue(self, uid: str, tag: str) -> str:  # noqa: N802
            return known[uid].get(tag, "")

    slicer.dicomDatabase = Database()
    for number, (name, mm, kernel) in enumerate((("2: Head 5.0 Hr40", 5, "Hr40f"), ("3: Head 1.0 Hr40", 1, "Hr40f"),
                                                 ("4: Head 1.0 Hr64", 1, "Hr64h"))):
        volume = load(story.data / "simulated_ct.nii.gz", name)
        volume.SetAttribute("DICOM.instanceUIDs", str(number))
        known[str(number)] = {**tags, "0018,0050": str(mm), "0018,1210": kernel, "0020,0011": name[0]}
        if number == 0:
            slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(volume.GetID())
    story.settle()
    story.ui.inputSelector.setCurrentNode(None)
    story.panel.enter()
    story.close("worklistSection")
    story.open("segmentSection")


STATES = {
    "01_wrong_ct": wrong_ct,
    "02_checked_ct": checked_ct,
    "03_running": running,
    "04_result": result,
    "05_overview_3d": overview_3d,
    "06_review": review,
    "07_trim_preview": trim,
    "08_side_by_side": side_by_side,
    "09_over_each_other": over_each_other,
    "10_agreement": agreement,
    "11_exported": exported,
    "12_worklist": worklist,
    "13_blinded": blinded,
    "14_scores": scores,
    "15_among_others": among_others,
    "16_change": change,
    "17_readers": readers,
    "18_third_reading": third_reading,
    "19_study": study,
}
