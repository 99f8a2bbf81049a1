from __future__ import annotations

import json
import os

import pytest
from icac.files import load_json, parse_json, read_json, write_json


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[Infinity]", "[-Infinity]", "[1e999]", f"[{2**63}]",
                                  "[" * 100_000 + "]" * 100_000,
                                  "[" * 200 + "]" * 200, '{"a":' * 101 + "1" + "}" * 101])
def test_what_is_no_plain_json_is_refused(text, tmp_path):
    with pytest.raises(ValueError, match=r".+"):
        parse_json(text)
    (tmp_path / "a.json").write_text(text)
    assert read_json(tmp_path / "a.json") is None


def test_plain_json_comes_back(tmp_path):
    value = {"a": [1, 2.5, None, True, "\u00fc"], "b": {"c": [[]] * 3}}
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    assert load_json(tmp_path / "a.json") == read_json(tmp_path / "a.json") == value


def test_what_is_no_file_or_too_large_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("[" + " " * 100 + "]")
    with pytest.raises(ValueError, match="too large"):
        load_json(tmp_path / "a.json", largest=50)
    assert read_json(tmp_path) is None and read_json(tmp_path / "gone.json") is None


def test_names_that_are_no_unicode_come_back(tmp_path):
    value = {"path": os.fsdecode(b"M\xfcller/\xc3\xa9"), "other": "\u00fc \U0001f600"}
    write_json(tmp_path / "a.json", value)
    assert load_json(tmp_path / "a.json") == value
    (tmp_path / "a.json").read_bytes().decode("utf-8")
