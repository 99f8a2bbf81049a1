"""Words for the parts of a set of cases."""

from __future__ import annotations

from collections import Counter

import pytest
from icac.splits import TEST, TRAIN, VALIDATION, read_split, split_of_head


@pytest.mark.parametrize(("word", "part"), [("train", TRAIN), ("Training", TRAIN), ("val", VALIDATION),
                                            ("VALIDATION", VALIDATION), ("test", TEST), ("", None), ("trian", None)])
def test_words_of_tables_are_understood(word: str, part: str | None) -> None:
    assert read_split(word) == part


def test_a_head_keeps_its_part() -> None:
    assert Counter(map(split_of_head, range(30))) == {TRAIN: 24, VALIDATION: 3, TEST: 3}
    assert [split_of_head(number) for number in (4, 9, 14, 19)] == [VALIDATION, TEST, VALIDATION, TEST]
