"""The host as a window: the module's panel within what surrounds it in Slicer, and the views of the layout.

What is not the module's or the views' is a likeness without function, as high and as wide as Slicer's own.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import ctk
import module_selector
import qt
import slicer
import slicer_host

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "ICACSegmentation.py"

#: Width of the module panel in pixels, usual in Slicer's main window at 1280 x 800; users have it from 330 to 450.
PANEL_WIDTH = 420

#: Heights in pixels of the rows of the main window, of the logo above the module panel, and of Data Probe below it.
MENU, TOOLBAR, STATUS, LOGO, PROBE = 23, 36, 23, 46, 146


class ModulePanel(qt.QScrollArea):
    """``qSlicerModulePanel``: the module below its help, scrolled upwards only, never narrower than it wants to be."""

    def __init__(self, module) -> None:
        super().__init__()
        self.setFrameShape(qt.QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        contents = qt.QWidget()
        layout = qt.QVBoxLayout(contents)
        layout.setSizeConstraint(qt.QLayout.SizeConstraint.SetMinAndMaxSize)
        layout.setContentsMargins(0, 0, 0, 0)
        help_text = ctk.ctkCollapsibleButton()
        help_text.text, help_text.collapsed = "Help & Acknowledgement", True
        layout.addWidget(help_text)
        module.setSizePolicy(qt.QSizePolicy.Policy.Minimum, module.sizePolicy.verticalPolicy())
        layout.addWidget(module, 1)
        self.setWidget(contents)

    def wanted_width(self) -> int:
        """Return the width below which Slicer does not let the panel go, pixels."""
        return self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()


class Window(qt.QWidget):
    """Slicer's main window, roughly.

    Parameters
    ----------
    panel_width : int
        Of the module panel, pixels.
    entry : Module, optional
        The module, if it is loaded.

    Attributes
    ----------
    panel
        The module's widget object.
    scroll : ModulePanel

    """

    def __init__(self, panel_width: int = PANEL_WIDTH, entry=None) -> None:
        super().__init__()
        self.setWindowTitle("ICACSegmentation in its host")
        entry = entry or slicer_host.load_module(MODULE)
        self.panel, self._container = slicer_host.open_panel(entry)
        module_selector.offer(entry, self.panel)
        self.scroll = ModulePanel(self._container)
        self._dock = _column(_bar("3D Slicer", LOGO), self.scroll, _data_probe())
        self.set_panel_width(panel_width)
        middle = qt.QWidget()
        row = qt.QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._dock)
        row.addWidget(slicer.app.layoutManager().viewport(), 1)
        whole = _column(_bar("File    Edit    View    Help", MENU), _toolbar(), middle, _bar("", STATUS))
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(whole)
        self.resize(1280, 800)

    def set_panel_width(self, width: int) -> None:
        """Let the module panel be so wide, as a user who drags its edge."""
        self._dock.setFixedWidth(width)

    def closeEvent(self, event):  # noqa: N802
        """End what the panel runs."""
        self.panel.exit()
        self.panel.cleanup()
        module_selector.withdraw()
        super().closeEvent(event)


def _column(*widgets) -> qt.QWidget:
    column = qt.QWidget()
    layout = qt.QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget, 0 if widget.maximumHeight < 2000 else 1)
    return column


def _bar(text: str, height: int) -> qt.QWidget:
    bar = qt.QLabel(f"  {text}")
    bar.setFixedHeight(height)
    return bar


def _toolbar() -> qt.QWidget:
    bar = qt.QWidget()
    bar.setFixedHeight(TOOLBAR)
    layout = qt.QHBoxLayout(bar)
    layout.setContentsMargins(6, 4, 6, 4)
    for text in ("DATA", "DCM", "SAVE"):
        layout.addWidget(qt.QToolButton(text=text))
    layout.addWidget(qt.QLabel("  Modules:"))
    modules = qt.QComboBox()
    modules.addItem("ICAC Segmentation")
    modules.setMinimumWidth(190)
    layout.addWidget(modules)
    layout.addStretch(1)
    return bar


def _data_probe() -> qt.QWidget:
    probe = ctk.ctkCollapsibleButton()
    probe.text = "Data Probe"
    layout = qt.QVBoxLayout(probe)
    layout.addWidget(qt.QLabel("Show Zoomed Slice\n\nL\nF\nB"))
    probe.setFixedHeight(PROBE)
    return probe


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
