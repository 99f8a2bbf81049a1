from __future__ import annotations

import pytest
from icac.text import one_line, shortened, without_controls


@pytest.mark.parametrize("text", ["\x1b[2Jx", "\x9b31mx", "a\x07", "a\x00b", "\u202efdp.exe", "caf\udce9", "a\x7f"])
def test_nothing_is_left_that_controls_a_terminal_or_cannot_be_written(text):
    clean = without_controls(text)
    assert clean.isprintable() and "\\" in clean
    clean.encode("utf-8")


def test_good_text_stays_as_it_is():
    text = "Schädel 1.5 mm\n\tКТ 頭部 <b>100 %</b> mm³"
    assert without_controls(text) == text


def test_a_line_of_others_cannot_pass_for_one_of_ours():
    assert one_line(" Head\r\n icac: forged\u2028line\x1b[1A") == "Head icac: forged line\\x1b[1A"


def test_long_texts_keep_beginning_and_end():
    text = shortened("a" * 10 + "x" * 50_000_000 + "b" * 10, 200)
    assert len(text) <= 200
    assert text.startswith("a" * 10) and text.endswith("b" * 10) and "left out" in text
    assert shortened("short") == "short"
