from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys

import pytest
from icac.cli import model as command
from icac.errors import ModelError


@pytest.fixture
def icac(user_models, capsys):
    """Run ``icac model`` with arguments; return what it prints."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())

    def call(*arguments: str) -> str:
        args = parser.parse_args(["model", *map(str, arguments)])
        assert command.run(args) == 0
        return capsys.readouterr().out

    return call


def test_import_list_info_export(icac, package, user_models, tmp_path):
    assert "Imported model 'tiny' 1.2" in icac("import", package.folder)
    listed = icac("list")
    assert "tiny 1.2, imported: A tiny model for tests." in listed
    assert "research use only" in listed and str(user_models) in listed
    assert "width: 2" in icac("info", "tiny")
    assert json.loads(icac("info", "tiny", "--json")) == package.spec.to_dict()
    path = tmp_path / "out.zip"
    assert str(path) in icac("export", "tiny", path)
    shutil.rmtree(user_models)
    assert "tiny" in icac("import", path)


def test_a_damaged_model_does_not_hide_the_others(icac, package, spec, network, user_models, tmp_path):
    from icac.models import save_package

    icac("import", package.folder)
    icac("import", save_package(tmp_path / "other", spec("other"), network.state_dict()).folder)
    (user_models / "other" / "weights.safetensors").unlink()
    listed = icac("list")
    assert "tiny 1.2" in listed
    assert "other, imported: The model in" in listed


def test_describe_a_model_or_a_choice(icac, package):
    assert "of width 2, dropout before_addition" in icac("describe", package.folder)
    text = icac("describe", "--width", "16", "--plain", "--no-deep-supervision", "--supervision", "all")
    assert "Plain FCN of width 16, dropout none, no auxiliary heads, trained on all voxels" in text


def test_an_impossible_choice_is_one_sentence(icac):
    with pytest.raises(ModelError, match="before_addition"):
        icac("describe", "--plain", "--dropout", "before_addition")


def test_building_the_parser_loads_nothing_heavy(repository):
    code = ("import argparse, sys; from icac.cli import model; "
            "model.add_parser(argparse.ArgumentParser().add_subparsers()); "
            "print([m for m in ('torch', 'numpy', 'SimpleITK', 'scipy') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=repository / "ICACSegmentation")
    assert done.stdout.strip() == "[]"
