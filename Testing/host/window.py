"""The host as a window: the module's panel on the left and the views of the layout on the right."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import qt
import slicer
import slicer_host

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "ICACSegmentation.py"

#: Width of the panel in pixels, usual in Slicer's main window at 1280 x 800.
PANEL_WIDTH = 460


class Window(qt.QWidget):
    """Panel and views.

    Attributes
    ----------
    panel
        The module's widget object.

    """

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("ICACSegmentation in its host")
        entry = slicer_host.load_module(MODULE)
        self.panel, self._container = slicer_host.open_panel(entry)
        self.scroll = qt.QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(self._container)
        self.scroll.setFixedWidth(PANEL_WIDTH)
        row = qt.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.scroll)
        row.addWidget(slicer.app.layoutManager().viewport(), 1)
        self.resize(1280, 800)

    def closeEvent(self, event):  # noqa: N802
        """End what the panel runs."""
        self.panel.exit()
        self.panel.cleanup()
        super().closeEvent(event)


def load(path: Path, name: str = ""):
    """Load a scene (.mrb), a segmentation (.seg.nrrd), or a CT, which is shown with a window for bone and calcium."""
    if path.suffix == ".mrb":
        slicer.mrmlScene.ReadFromMRB(str(path), False)
        return None
    if path.name.endswith(".seg.nrrd"):
        return slicer.util.loadSegmentation(str(path), {})
    volume = slicer.util.loadVolume(str(path), {"name": name or path.name.split(".")[0]})
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().AutoWindowLevelOff()
    volume.GetDisplayNode().SetWindowLevel(1100, 300)
    slicer.util.setSliceViewerLayers(background=volume, fit=True, rotateToVolumePlane=True)
    return volume


def put_python_on_path(folder: Path) -> None:
    """Put a ``PythonSlicer`` that is this Python into a folder, and the folder on the PATH."""
    script = folder / "PythonSlicer"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
