"""What ``icac train`` and ``icac study`` refuse before anything is trained."""

from __future__ import annotations

import pytest
from icac.cli import main


@pytest.fixture
def manifest(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.npz").touch()
    path = tmp_path / "manifest.csv"
    path.write_text("case,split\na,train\nb,validation")
    return path


@pytest.mark.parametrize(("arguments", "words"), [
    (["train", "release", "--fold", "1"], "--folds"),
    (["train", "release", "--folds", "5"], "2 patients cannot be divided into 5 folds"),
    (["train", "release", "--folds", "3", "--fold", "first"], "number from 1 to 3"),
    (["train", "release", "--folds", "3", "--devices", "2"], "one device"),
    (["study", "ablation"], "no case of split test"),
    (["study", "ablation", "--config", "nothing"], "nothing"),
])
def test_mistakes_end_in_one_sentence(manifest, tmp_path, capsys, arguments, words):
    code = main([*arguments, "--data", str(manifest), "-o", str(tmp_path / "out")])
    message = capsys.readouterr().err.strip()
    assert code == 3
    assert words in message and len(message.splitlines()) == 1
    assert not (tmp_path / "out").exists()
