"""The module's name card, its self test, and what it must not do."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest


def test_name_card_is_complete(module):
    card = module.instance.parent
    assert card.title == "ICAC Segmentation"
    assert card.categories == ["Segmentation"]
    assert "research" in card.helpText
    assert "Bortsova" in card.acknowledgementText
    assert card.contributors


#: Runs the program in a child of Slicer, whose sample is read instead of being simulated once more.
WITH_SAMPLE = """
import pickle, runpy, sys
from pathlib import Path
import icac.simulate.sets.demo as demo
demo.simulate_demo_scan = lambda seed: pickle.loads(Path({sample!r}).read_bytes())
sys.argv[:] = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def test_self_test_passes_with_a_line_a_step(window, module, python_slicer, demo_scan, tmp_path, capfd):
    (tmp_path / "sample.pickle").write_bytes(pickle.dumps(demo_scan))
    (tmp_path / "program.py").write_text(WITH_SAMPLE.format(sample=str(tmp_path / "sample.pickle")))
    python_slicer(tmp_path / "program.py")
    module.python.ICACSegmentationTest().runTest()
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("ICACSegmentation self-test")]
    assert all("passed" in line for line in lines)
    assert len(lines) == int(lines[0].split(" of ")[1].split()[0])


@pytest.mark.parametrize("fails", [False, True])
def test_unattended_the_application_ends_with_the_outcome(slicer, module, monkeypatch, capfd, fails):
    codes = []
    monkeypatch.setattr(slicer.util, "exit", codes.append)
    monkeypatch.setattr(module.python, "run_self_test", lambda test: 1 / 0 if fails else None)
    module.python.ICACSegmentationTest.runUnattended()
    assert codes == [int(fails)]
    assert ("ZeroDivisionError" in capfd.readouterr().err) == fails


def test_loading_the_module_loads_no_heavy_package(application, repository):
    code = f"""
import sys
sys.path[:0] = [{str(repository / "Testing/host")!r}, {str(repository / "ICACSegmentation")!r}]
import slicer_host
slicer_host.start()
from pathlib import Path
slicer_host.load_module(Path({str(repository / "ICACSegmentation/ICACSegmentation.py")!r}))
print([name for name in ("torch", "SimpleITK", "scipy", "pydicom") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr
