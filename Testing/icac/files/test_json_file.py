from __future__ import annotations

import json

import pytest
from icac.files import load_json, parse_json, read_json


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[Infinity]", "[-Infinity]", "[1e999]",
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
