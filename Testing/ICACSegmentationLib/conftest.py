"""The module in its host (see ``Testing/host``): without slicer-core and PySide6 these tests are skipped."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]

#: Seconds after which a test gives up waiting.
DEADLINE_S = 240

#: IJK to RAS of a frame with gantry tilt, unequal axes, and nothing symmetric.
TILTED = np.array([[-0.5, 0, 0, 10], [0, -0.55, -1.2, 50], [0, 0.12, 4, -40], [0, 0, 0, 1]], dtype=float)


@pytest.fixture(scope="session")
def application():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    pytest.importorskip("slicer_core", reason="the wheel slicer-core is not installed; continuous integration has it")
    pytest.importorskip("PySide6.QtWidgets", reason="PySide6, or a library it needs, is not installed",
                        exc_type=ImportError)
    sys.path.insert(0, str(HERE.parent / "host"))
    import slicer_host

    return slicer_host.start()


@pytest.fixture
def slicer(application):
    """Slicer with an empty scene and no settings, in the layout in which it starts."""
    import pythonqt
    import qt
    import slicer
    import slicer_host

    qt.QSettings().clear()
    slicer.mrmlScene.Clear()
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    slicer.app.processEvents()
    pythonqt.slot_errors.clear()
    slicer_host.critical_messages.clear()
    yield slicer
    slicer.app.processEvents()      # timers that outlive what they work on
    assert pythonqt.slot_errors == []
    assert slicer_host.critical_messages == []


@pytest.fixture
def wait_until(slicer):
    """Let the application go on until a condition holds, at most ``DEADLINE_S``."""
    def wait(condition) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline
            slicer.app.processEvents()
            time.sleep(0.01)
    return wait


@pytest.fixture
def segment(panel, wait_until):
    """Click on the button of the panel and wait for the run to end."""
    def click() -> None:
        panel.ui.segmentButton.click()
        assert panel.logic.job.is_running
        wait_until(lambda: not panel.logic.job.is_running)
    return click


@pytest.fixture(scope="session")
def module(application):
    import slicer_host

    return slicer_host.load_module(REPOSITORY / "ICACSegmentation/ICACSegmentation.py")


@pytest.fixture
def panel(slicer, module):
    import shiboken6
    import slicer_host

    widget, container = slicer_host.open_panel(module)
    yield widget
    widget.cleanup()
    shiboken6.delete(container)


@pytest.fixture
def new_views(slicer):
    """Views of our layouts are shown for the first time in the session."""
    slicer.app.layoutManager().forget(("ICACPredicted", "ICACManual", "ICACLeft", "ICACRight"))


@pytest.fixture
def window(slicer, module):
    """The module within Slicer's surroundings, with views on screen, and nothing selected yet."""
    from window import Window

    window = Window(entry=module)
    window.show()
    slicer.app.processEvents()
    yield window
    window.close()
    slicer.app.layoutManager().viewport().setParent(None)
    window.deleteLater()
    slicer.app.processEvents()


@pytest.fixture
def add_volume(slicer):
    """Make a volume on a tilted frame: air, a box of calcium on the patient's right, a small one on the left."""
    def add(name: str = "CT", ijk_to_ras: np.ndarray = TILTED):
        return slicer.util.addVolumeFromArray(calcified(), ijkToRAS=ijk_to_ras, name=name)
    return add


def calcified() -> np.ndarray:
    """Return HU, int16 (z, y, x). The larger box lies at low i, which :data:`TILTED` puts on the right (RAS +x)."""
    hu = np.full((9, 30, 40), 40, dtype=np.int16)
    hu[2:5, 10:14, 4:9] = 700
    hu[6:7, 20:22, 33:36] = 500
    return hu


@pytest.fixture(scope="session")
def result_folder(application, tmp_path_factory):
    """Return a folder of results for the CT of ``add_volume``, written as icac writes them."""
    import icac.report
    from icac.ct import CTScan
    from icac.geometry import Frame, Volume

    spec = importlib.util.spec_from_file_location("icac_test_program", HERE / "program.py")
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    frame = Frame(np.diag([-1.0, -1.0, 1.0, 1.0]) @ TILTED, calcified().shape[::-1])
    folder = tmp_path_factory.mktemp("result")
    scan = CTScan(Volume(calcified(), frame), Path("ct.nrrd"), "nrrd", {"sha256": "0"})
    icac.report.write_results(folder, program.content_of(scan, "cpu"), save_probability=True)
    return folder


@pytest.fixture
def result(slicer, add_volume, result_folder):
    """Put a CT and its result into the scene; return the segmentation."""
    from ICACSegmentationLib.result.load import load_result

    return load_result(result_folder, add_volume())


@pytest.fixture
def python_slicer(tmp_path, monkeypatch):
    """Put a ``PythonSlicer`` on the PATH that, like Slicer's launcher, runs a program as a child of its own."""
    def install(program: Path | None = None) -> Path:
        script = tmp_path / "PythonSlicer"
        program_argument = f'"{program}"' if program else ""
        script.write_text(f'#!/bin/sh\n"{sys.executable}" {program_argument} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return script
    return install
