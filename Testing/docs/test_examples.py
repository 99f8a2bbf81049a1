"""The examples in the docstrings of icac run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import shutil
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "ICACSegmentation"

#: Modules with examples.
MODULES = sorted(".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
                 for path in (SOURCE / "icac").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


def test_there_are_examples():
    assert {"icac", "icac.pipeline", "icac.cohort", "icac.worklist"} <= set(MODULES)


@pytest.fixture
def example_folder(workspace, head_ct) -> Path:
    """Return the working folder of the examples: a scan, as a cohort and as cases too, and masks to compare."""
    shutil.copytree(head_ct, workspace / "head_ct")
    shutil.copytree(head_ct, workspace / "studies" / "one")
    shutil.copytree(head_ct, workspace / "cases" / "one")
    shutil.copytree(workspace / "predicted", workspace / "results")
    return workspace


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings_run(name, example_folder):
    module = importlib.import_module(name)
    finder, runner = doctest.DocTestFinder(exclude_empty=True), doctest.DocTestRunner(verbose=False)
    report: list[str] = []
    tests = [test for test in finder.find(module, name) if test.examples]
    for test in tests:
        runner.run(test, out=report.append)
    assert tests and not runner.failures, "".join(report)
