"""Verdicts of trials that are kept: only for the same facts, whole, and never in the way."""

from pathlib import Path

import pytest
from icac.inference import openvino_engine, trial
from icac.inference.openvino_engine import OpenVinoEngine
from icac.inference.remembered import cache_folder, remembered, sources_sha256
from icac.models import find_model

FACTS = {"processor": "one", "weights": "abc"}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ICAC_CACHE", str(folder))
    return folder


class Trial:
    """Counts how often it is made."""

    def __init__(self, verdict: bool) -> None:
        self.verdict, self.made = verdict, 0

    def __call__(self) -> bool:
        self.made += 1
        return self.verdict


@pytest.mark.parametrize("verdict", [True, False])
def test_a_verdict_is_found_again_for_the_same_facts_only(cache, verdict):
    first, second, other = Trial(verdict), Trial(not verdict), Trial(not verdict)
    assert remembered(FACTS, first) is verdict
    assert remembered(dict(reversed(FACTS.items())), second) is verdict
    assert remembered({**FACTS, "weights": "abd"}, other) is not verdict
    assert (first.made, second.made, other.made) == (1, 0, 1)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}",
                                  '{"facts": {"processor": "one", "weights": "abc"}, "verdict": 1}',
                                  '{"facts": {"processor": "two", "weights": "abc"}, "verdict": true}'])
def test_a_damaged_or_foreign_file_is_no_verdict(cache, text):
    remembered(FACTS, Trial(True))
    [file] = cache.rglob("*.json")
    file.write_text(text)
    again = Trial(False)
    assert remembered(FACTS, again) is False
    assert again.made == 1
    assert remembered(FACTS, Trial(True)) is False  # it was put right


def test_nothing_is_kept_where_that_is_not_wanted_or_cannot_be(tmp_path, monkeypatch):
    monkeypatch.setenv("ICAC_CACHE", "")
    assert cache_folder() is None
    assert remembered(FACTS, Trial(True))
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("ICAC_CACHE", str(blocked))
    assert remembered(FACTS, Trial(True))
    assert blocked.read_text() == "no folder"


def test_a_trial_that_fails_is_not_kept(cache):
    def fails() -> bool:
        raise MemoryError

    with pytest.raises(MemoryError):
        remembered(FACTS, fails)
    assert not list(cache.rglob("*.json"))


def test_the_sum_of_sources_follows_them(tmp_path):
    file = tmp_path / "one.py"
    file.write_text("a = 1")
    before = sources_sha256(str(file))
    file.write_text("a = 2")
    assert len(before) == 64 and sources_sha256(str(file)) not in ("", before)
    assert sources_sha256(str(tmp_path / "none.py")) == ""


@pytest.mark.parametrize("agrees", [True, False])
def test_an_engine_tries_a_model_once(cache, monkeypatch, agrees):
    made = []
    monkeypatch.setattr(OpenVinoEngine, "_is_native", lambda self: True)
    monkeypatch.setattr(OpenVinoEngine, "_finds_the_same", lambda self, package: made.append(package) or agrees)
    package = find_model(None)
    precisions = [OpenVinoEngine(package, "auto").name.split()[-1] for _ in range(2)]
    assert precisions == ["bf16" if agrees else "float32"] * 2
    assert len(made) == 1
    monkeypatch.setattr(openvino_engine.icac, "__version__", "another")
    OpenVinoEngine(package, "auto")
    assert len(made) == 2


def test_the_facts_hang_on_the_trial_and_on_the_graph():
    facts = OpenVinoEngine(find_model(None))._facts(find_model(None))
    assert facts["sources"] == sources_sha256(trial.__file__, openvino_engine.openvino_graph.__file__)
    assert Path(trial.__file__).name == "trial.py" and all(facts.values())
