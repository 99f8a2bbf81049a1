from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from icac.cli import main
from icac.ct import write_volume
from icac.geometry import Volume

pytest.importorskip("sklearn", reason="needs the 'evaluate' extra")


@pytest.fixture
def folders(cubic, tmp_path):
    for folder, end in (("pred", 4), ("truth", 6)):
        mask = np.zeros(cubic.shape, np.uint8)
        mask[2, 3, 2:end] = 1
        write_volume(Volume(mask, cubic), tmp_path / folder / "a.nii.gz")
    return tmp_path


def test_writes_tables_and_prints_the_main_numbers(folders, capsys):
    out = folders / "out"
    code = main(["evaluate", "--pred", str(folders / "pred"), "--truth", str(folders / "truth"), "-o", str(out),
                 "--no-figures", "--progress", "none"])
    assert code == 0
    assert "Dice, mean" in capsys.readouterr().out
    assert "0.667" in (out / "summary.md").read_text(encoding="utf-8")
    assert not list(out.glob("*.png"))


@pytest.mark.parametrize(("arguments", "message"), [
    (["--pred", "p"], "Give --pred and --truth"),
    (["--cases", "c.csv", "--pred", "p"], "not both"),
    (["--pred", "none", "--truth", "none"], "not a folder"),
    (["--cases", "none.csv"], "cannot be read"),
])
def test_wrong_use_is_one_sentence(tmp_path, capsys, arguments, message):
    assert main(["evaluate", *arguments, "-o", str(tmp_path / "out")]) == 3
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_help_needs_no_library_of_the_extra(repository):
    code = ("import sys; from icac.cli import build_parser; build_parser(); "
            "sys.exit(any(m in sys.modules for m in ('matplotlib', 'sklearn', 'scipy', 'torch')))")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=repository / "ICACSegmentation")
