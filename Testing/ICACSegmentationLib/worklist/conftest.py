"""A folder of cases with results, and the panel with its worklist open."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

#: Names of the cases, in order.
NAMES = ("anna", "berta", "carl")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make a folder of three cases with results and manual regions."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).resolve().parents[1]))
        for shift, name in enumerate(NAMES):
            make_case(folder / name, shift, patch)
    return folder


@pytest.fixture
def cases(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "cases"))


def make_case(folder: Path, shift: int, patch) -> None:
    """Write a CT with a large box of calcium on the right and a small one on the left, its result and a region."""
    import program

    hu = np.full((9, 30, 40), 40, dtype=np.int16)
    hu[2:5, 10:14, 4 + shift:9 + shift] = 700
    hu[6:7, 20:22, 33:36] = 500
    folder.mkdir(parents=True)
    write(hu, folder / "ct.nrrd")
    region = np.zeros_like(hu, dtype=np.uint8)
    region[1:6, 9:15, 3:12] = 1
    write(region, folder / "ct_roi.nrrd")
    arguments = ["x", "-m", "ICACSegmentationLib.run.child", "segment", str(folder / "ct.nrrd"),
                 "--output", str(folder / "result"), "--save-probability"]
    patch.setattr(sys, "argv", arguments)
    program.main()


def write(array: np.ndarray, path: Path) -> None:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.5, 0.55, 4.0))
    image.SetOrigin((-10.0, -50.0, -40.0))
    sitk.WriteImage(image, str(path))


@pytest.fixture(autouse=True)
def questions(slicer, monkeypatch):
    """Answer questions with yes, and keep them."""
    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, *more: asked.append(text) or True)
    return asked


@pytest.fixture
def opened(panel, cases):
    """The panel with the worklist open."""
    panel.enter()
    name(panel.reviewSections.ui)
    panel.reviewSections.worklistPanel.open(cases)
    return panel


def name(ui) -> None:
    ui.annotatorEdit.setText("A. Reader")
    ui.annotatorEdit.editingFinished.emit()


@pytest.fixture
def ui(opened):
    return opened.reviewSections.ui


@pytest.fixture
def enter_name():
    """Enter the name of another reader."""
    def enter(ui, who: str) -> None:
        ui.annotatorEdit.setText(who)
        ui.annotatorEdit.editingFinished.emit()

    return enter
