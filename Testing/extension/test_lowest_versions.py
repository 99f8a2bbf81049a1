import importlib.util
import re
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("lowest_versions", Path(__file__).with_name("lowest_versions.py"))
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def test_the_highest_of_the_lowest_and_none_of_the_project_itself():
    project = {"dependencies": ["numpy>=1.9", "torch>=2.2"],
               "optional-dependencies": {"a": ["numpy>=1.26", "mkdocstrings[python]>=0.26"], "all": ["icac[a]"],
                                         "b": ["numpy>=1.10", "vtk==9.6.0"]}}
    assert tool.lowest_versions(project) == {"numpy": "1.26", "torch": "2.2", "mkdocstrings": "0.26", "vtk": "9.6.0"}


def test_every_package_that_is_declared_has_a_lowest_version(capsys):
    pytest.importorskip("tomllib", reason="reads TOML, as Python 3.11 and later do")
    tool.main()
    printed = capsys.readouterr().out.split()
    assert all(re.fullmatch(r"[\w.-]+==[0-9.]+", line) for line in printed)
    assert {"numpy", "torch", "highdicom", "lightning", "slicer-core"} <= {line.split("==")[0] for line in printed}
