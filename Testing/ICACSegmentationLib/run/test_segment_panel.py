"""What the user can choose before a run: the CT is checked, a model is refused beside its field, devices have names."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "program.py"


@pytest.fixture(autouse=True)
def program(python_slicer):
    python_slicer(PROGRAM)


@pytest.fixture
def choose_folder(panel, monkeypatch):
    """Add a model folder by the button, as if the dialog had been answered."""
    import qt

    def choose(folder) -> None:
        monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        panel.ui.addModelButton.click()
    return choose


def test_an_unusable_ct_is_told_before_the_run(panel, add_volume, wait_until):
    add_volume("Small CT")
    panel.enter()
    wait_until(lambda: "…" not in panel.ui.checkLabel.text)
    assert panel.ui.checkLabel.text.startswith("Small CT covers only")
    assert "color" in panel.ui.checkLabel.styleSheet


def test_another_ct_is_checked_again_and_none_says_nothing(panel, slicer, add_volume, wait_until):
    add_volume("first")
    second = slicer.util.addVolumeFromArray(np.full((9, 30, 40), 90, np.int16), name="second")
    panel.enter()
    wait_until(lambda: panel.ui.checkLabel.text.startswith("first"))
    panel.ui.inputSelector.setCurrentNode(second)
    wait_until(lambda: "second" in panel.ui.checkLabel.text)
    panel.ui.inputSelector.setCurrentNode(None)
    slicer.app.processEvents()
    assert panel.ui.checkLabel.text == ""


def test_a_ct_that_is_loaded_while_one_is_chosen_is_offered(panel, slicer, add_volume):
    first = add_volume("first")
    panel.enter()
    second = add_volume("A & B")
    slicer.app.processEvents()
    assert panel.ui.inputSelector.currentNode() is first, "nothing changes unasked"
    assert panel.ui.offerLabel.text == 'A &amp; B was loaded. <a href="use">Use it</a>'
    panel.ui.segmentSection.collapsed = True
    panel.ui.offerLabel.linkActivated.emit("use")
    assert panel.ui.inputSelector.currentNode() is second
    assert panel.ui.offerLabel.text == ""
    assert not panel.ui.segmentSection.collapsed


def test_what_is_offered_no_more_is_not_asked_about(panel, slicer, add_volume):
    add_volume("first")
    panel.enter()
    second = add_volume("second")
    slicer.app.processEvents()
    slicer.mrmlScene.RemoveNode(second)
    slicer.app.processEvents()
    assert panel.ui.offerLabel.text == ""
    third = add_volume("third")
    slicer.app.processEvents()
    assert "third" in panel.ui.offerLabel.text
    panel.ui.inputSelector.setCurrentNode(third)
    assert panel.ui.offerLabel.text == ""


TAGS = {"0020,000D": "1.2", "0010,0020": "P", "0020,0052": "1.5", "0008,0060": "CT", "0018,1210": "H31s"}


@pytest.fixture
def load_study(slicer, monkeypatch):
    """Return a function that loads volumes as the DICOM module does, each with its tags."""
    known = {}

    class Database:
        def instanceValue(self, uid, tag):  # noqa: N802
            return known[uid].get(tag, "")

    monkeypatch.setattr(slicer, "dicomDatabase", Database(), raising=False)

    def load(name: str, slices: int = 60, study: str = "1.2", **tags: str):
        volume = slicer.util.addVolumeFromArray(np.full((slices, 100, 90), 40, np.int16), name=name)
        volume.SetSpacing(1.4, 1.3, 160 / slices)
        given = {tag.replace("_", ","): value for tag, value in tags.items()}
        known[name.replace(" ", "_")] = {**TAGS, "0020,000D": study, **given}
        volume.SetAttribute("DICOM.instanceUIDs", name.replace(" ", "_"))
        return volume
    return load


def test_of_the_volumes_of_a_study_the_best_is_offered_with_its_reason(panel, slicer, load_study):
    thick = load_study("4: Head 5.0", 32, **{"0018_0050": "5"})
    thin = load_study("2: Head 1.0 <a>", 160, **{"0018_0050": "1"})
    load_study("3: Bone", 160, **{"0018_0050": "1", "0018_1210": "H60s"})
    other = load_study("9: of another study", 320, study="1.3", **{"0018_0050": "0.6"})
    slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(thick.GetID())
    panel.enter()
    slicer.app.processEvents()
    assert panel.ui.inputSelector.currentNode() is thick, "nothing changes unasked"
    assert panel.ui.offerLabel.text.startswith(
        "2: Head 1.0 &lt;a&gt; suits better, of the volumes of this study: original axial, no contrast agent named, "
        "soft kernel H31s, 1 mm slices, 160 slices (the chosen one: 5 mm slices)")
    panel.ui.offerLabel.linkActivated.emit("use")
    assert panel.ui.inputSelector.currentNode() is thin and panel.ui.offerLabel.text == ""
    load_study("5: Head 3.0", 54, **{"0018_0050": "3"})
    slicer.app.processEvents()
    assert panel.ui.offerLabel.text.startswith("Of the 4 volumes of this study it suits best: original axial")
    assert "href" not in panel.ui.offerLabel.text
    panel.ui.inputSelector.setCurrentNode(other)
    assert panel.ui.offerLabel.text == "", "it was said of another volume"


def test_the_standard_model_says_what_it_is(panel):
    from icac.models.store import default_name

    panel.enter()
    assert panel.ui.modelBox.currentText == f"{default_name()} (standard)"
    assert panel.ui.modelMessage.text.startswith("Version")


def test_a_folder_without_model_is_refused_beside_the_field(panel, add_volume, choose_folder, tmp_path):
    add_volume()
    panel.enter()
    (tmp_path / "empty").mkdir()
    choose_folder(tmp_path / "empty")
    assert panel.ui.modelMessage.text.startswith("There is no model in")
    assert "color" in panel.ui.modelMessage.styleSheet
    assert not panel.ui.segmentButton.enabled
    panel.ui.modelBox.setCurrentIndex(0)
    assert panel.ui.segmentButton.enabled


def test_a_damaged_model_is_refused(panel, choose_folder, tmp_path):
    from icac.models.store import BUNDLED_FOLDER, default_name

    folder = shutil.copytree(BUNDLED_FOLDER / default_name(), tmp_path / "damaged")
    with (folder / "weights.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")
    panel.enter()
    choose_folder(folder)
    assert "cannot be used because" in panel.ui.modelMessage.text


def test_a_model_of_the_user_reaches_the_program(panel, add_volume, choose_folder, tmp_path, wait_until):
    from icac.models.store import BUNDLED_FOLDER, default_name

    folder = shutil.copytree(BUNDLED_FOLDER / default_name(), tmp_path / "own")
    add_volume()
    panel.enter()
    choose_folder(folder)
    assert panel.ui.modelMessage.text.startswith("Version")
    said = []
    panel.logic.job.progressed.connect(lambda report: said.append(report.message))
    panel.ui.segmentButton.click()
    wait_until(lambda: not panel.logic.job.is_running)
    assert [text.split(", ")[1] for text in said if "process" in text] == [str(folder)]


def test_devices_have_names(panel, wait_until):
    pytest.importorskip("torch")
    panel.enter()
    assert panel.ui.deviceBox.itemText(0) == "Automatic"
    wait_until(lambda: ":" in panel.ui.deviceBox.itemText(0))
    texts = [panel.ui.deviceBox.itemText(number) for number in range(panel.ui.deviceBox.count)]
    assert texts == ["Automatic: Abacus", "Processor only: Abacus"]


def test_hidden_names_are_in_nothing_of_the_result_and_stay_chosen(panel, slicer, add_volume, segment):
    import qt
    from ICACSegmentationLib.result.data import REPORT_ATTRIBUTE
    from ICACSegmentationLib.run.names_box import SETTING, NamesBox

    assert not panel.ui.hideNamesBox.checked
    add_volume("Doe^Jane")
    panel.enter()
    panel.ui.hideNamesBox.click()
    try:
        segment()
        again = qt.QCheckBox()
        assert NamesBox(again).hidden and again.checked
    finally:
        qt.QSettings().remove(SETTING)
    segmentation = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert segmentation.GetName() == "ICAC"
    attributes = [segmentation.GetAttribute(name) for name in segmentation.GetAttributeNames()]
    assert segmentation.GetAttribute(REPORT_ATTRIBUTE) and "Doe" not in str(attributes)
    assert "(hidden)" in segmentation.GetAttribute(REPORT_ATTRIBUTE)
    assert "are thick" in segmentation.GetAttribute(REPORT_ATTRIBUTE)


def test_names_are_there_unless_hidden(panel, slicer, add_volume, segment):
    add_volume("Doe^Jane")
    panel.enter()
    segment()
    segmentation = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert segmentation.GetName() == "Doe^Jane ICAC"
