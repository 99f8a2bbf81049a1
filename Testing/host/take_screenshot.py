"""Take the picture of the panel for the extensions index: the module at work on a CT, beside an axial slice of it.

    python Testing/host/take_screenshot.py CT.nrrd Resources/Screenshots/panel.png

Runs the real program (``python -m icac``) on the CT. Needs slicer-core, PySide6, Pillow, and OpenGL or OSMesa.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

HERE = Path(__file__).resolve().parent
MODULE = HERE.parents[1] / "ICACSegmentation" / "ICACSegmentation.py"
sys.path[:0] = [str(HERE), str(MODULE.parent)]

import slicer_host  # noqa: E402

#: Pixels of the panel and of the slice beside it.
PANEL, SLICE = (400, 620), (780, 620)

#: Window and level of the slice in HU: wide, to tell calcium from bone.
WINDOW, LEVEL = 1100, 300

#: Field of view of the slice in mm.
FIELD_MM = 105.0


def main() -> None:
    """Load the CT, press the button, wait, and save the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ct", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _put_python_on_path(Path(folder))
        _take(options.ct, options.output)


def _put_python_on_path(folder: Path) -> None:
    script = folder / "PythonSlicer"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def _take(ct: Path, output: Path) -> None:
    from PIL import Image

    application = slicer_host.start()
    import slicer

    volume = slicer.util.loadVolume(str(ct), {"name": "Head CT"})
    panel, container = slicer_host.open_panel(slicer_host.load_module(MODULE))
    container.resize(*PANEL)
    container.show()
    panel.ui.segmentButton.click()
    while panel.logic.job.is_running:
        application.processEvents()
        time.sleep(0.05)
    print(panel.ui.statusLabel.text)
    application.processEvents()         # for the layout of what has just been shown
    picture = Image.new("RGB", (PANEL[0] + SLICE[0], PANEL[1]))
    picture.paste(_grab(container), (0, 0))
    picture.paste(_draw_slice(application, volume, panel.ui.resultSelector.currentNode()), (PANEL[0], 0))
    picture.save(output, optimize=True)
    panel.cleanup()


def _grab(widget):
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "panel.png")
        widget.grab().save(path)
        return Image.open(path).convert("RGB")


def _draw_slice(application, volume, segmentation):
    from PIL import Image
    from slice_view import SliceView

    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().AutoWindowLevelOff()
    volume.GetDisplayNode().SetWindowLevel(WINDOW, LEVEL)
    view = SliceView(application, *SLICE)
    view.show(volume, segmentation.GetSegmentCenterRAS("ICAC"), FIELD_MM)
    return Image.fromarray(view.pixels())


if __name__ == "__main__":
    main()
