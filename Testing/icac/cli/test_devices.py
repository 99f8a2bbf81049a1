"""``icac devices`` names what can run the network."""

from __future__ import annotations

import json

import pytest
from icac.cli import main

pytest.importorskip("torch")


def test_json_names_the_processor(capsys):
    assert main(["devices", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cpu"].startswith("CPU with")
    assert set(found) >= {"auto", "cpu"}


def test_text_says_of_every_request_what_comes_of_it(capsys):
    assert main(["devices"]) == 0
    assert [line.split()[0] for line in sorted(capsys.readouterr().out.splitlines())] == ["auto", "cpu", "cuda", "mps"]
