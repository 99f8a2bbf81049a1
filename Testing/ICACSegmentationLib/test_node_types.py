"""The classes of nodes that signatures of the panel name are ones of the application."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "ICACSegmentation" / "ICACSegmentationLib"


def test_nodes_in_signatures_are_of_classes_that_there_are():
    pytest.importorskip("slicer_core", reason="the wheel slicer-core is not installed; continuous integration has it")
    import slicer

    signatures = [line for path in LIBRARY.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()
                  if "def " in line]
    named = {name for line in signatures for name in re.findall(r"slicer\.(vtk\w+)", line)}
    assert {"vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode"} <= named
    assert {name for name in named if not hasattr(slicer, name)} == set()
