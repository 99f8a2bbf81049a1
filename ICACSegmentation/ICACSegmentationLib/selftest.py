"""The self-test: Slicer's own file writer and launcher, then the story of a user (see ``selftest_story``).

It prints a line a step. From a command line, with a screen (or ``xvfb-run``), and with an exit code other than 0 if
a step fails::

    Slicer --testing --no-splash --additional-module-path .../ICACSegmentation \\
        --python-code "from ICACSegmentation import ICACSegmentationTest; ICACSegmentationTest.runUnattended()"
"""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from functools import partial
from pathlib import Path

import numpy as np
import slicer
import vtk

from ICACSegmentationLib.run.command import Command, child_environment
from ICACSegmentationLib.run.runner import ChildRun, Outcome
from ICACSegmentationLib.scene.nodes import export_volume
from ICACSegmentationLib.selftest_story import Story

#: Seconds within which Slicer's Python must have started and ended.
DEADLINE_S = 60

#: A frame with gantry tilt: oblique to the slices and sheared. IJK to RAS.
TILTED = np.array([[-0.5, 0, 0, 90], [0, -0.5, -1.8, 80], [0, 0.16, 5, -60], [0, 0, 0, 1]])


def run_self_test(test) -> None:
    """Run all steps, the first ones with the assertions of ``test``, a ``ScriptedLoadableModuleTest``."""
    story = Story()
    steps = [("a CT is written where it lies", lambda: _check_export(test)),
             ("Slicer's Python runs the program", lambda: _check_child(test)),
             *((title, partial(step, story)) for title, step in Story.STEPS)]
    for number, (title, step) in enumerate(steps, start=1):
        start = time.monotonic()
        try:
            step()
        except BaseException:
            _say(f"{number} of {len(steps)} FAILED: {title}")
            raise
        _say(f"{number} of {len(steps)} passed: {title} ({time.monotonic() - start:.1f} s)")


def run_unattended(test) -> int:
    """Run all steps where nobody watches; return the exit code for the application."""
    try:
        test.runTest()
    except BaseException:
        traceback.print_exc()
        return 1
    _say("all steps passed")
    return 0


def _say(text: str) -> None:
    print(f"ICACSegmentation self-test: {text}", flush=True)


def _check_export(test) -> None:
    """An exported CT lies where it lay in the scene, tilted frame and transform included."""
    voxels = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    volume = slicer.util.addVolumeFromArray(voxels, ijkToRAS=TILTED, name="tilted")
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    shift = np.eye(4)
    shift[:3, 3] = (1, 2, 3)
    slicer.util.updateTransformMatrixFromArray(transform, shift)
    volume.SetAndObserveTransformNodeID(transform.GetID())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tilted.nrrd"
        export_volume(volume, path)
        back = slicer.util.loadVolume(str(path), {"show": False})
    matrix = vtk.vtkMatrix4x4()
    back.GetIJKToRASMatrix(matrix)
    test.assertTrue(np.array_equal(slicer.util.arrayFromVolume(back), voxels))
    test.assertTrue(np.allclose(slicer.util.arrayFromVTKMatrix(matrix), shift @ TILTED, atol=1e-4))


def _check_child(test) -> None:
    """Slicer's launcher starts the program, which finds icac and ends by itself."""
    endings = []
    run = ChildRun()
    run.ended.connect(endings.append)
    run.start(Command((shutil.which("PythonSlicer"), "-m", "ICACSegmentationLib.run.child", "--version"),
                      child_environment()))
    deadline = time.monotonic() + DEADLINE_S
    while run.is_running and time.monotonic() < deadline:
        run.poll()
        time.sleep(0.1)
    run.cancel()
    test.assertEqual([ending.outcome for ending in endings], [Outcome.DONE], [ending.log for ending in endings])
    test.assertIn("icac", endings[0].log)
