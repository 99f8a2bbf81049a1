"""The parts of a set of cases: to learn from, to choose settings by, and to judge on."""

from __future__ import annotations

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)

#: Other words that tables use.
_ALSO = {"training": TRAIN, "val": VALIDATION}

#: Parts of ten simulated heads in turn.
_OF_TEN = (*(TRAIN,) * 4, VALIDATION, *(TRAIN,) * 4, TEST)


def read_split(word: str) -> str | None:
    """Return the part that a word of a table means, in small or capital letters; None if it means none."""
    word = word.lower()
    return word if word in SPLITS else _ALSO.get(word)


def split_of_head(number: int) -> str:
    """Return the part to which a simulated head of a number belongs: of ten, eight to learn from, one for each other.

    A head keeps its part however many follow.
    """
    return _OF_TEN[number % len(_OF_TEN)]
