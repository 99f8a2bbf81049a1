"""Files that a user does not see, and that are therefore never what was meant."""

from __future__ import annotations


def is_hidden(name: str) -> bool:
    """Tell by its name whether a file or folder is hidden.

    Such are what systems and programs keep for themselves, and the ``._`` twin, no image but with the ending of one,
    that macOS leaves beside every file on a foreign disk. Wherever folders are searched they are left out; who names
    one gets it.
    """
    return name.startswith(".")
