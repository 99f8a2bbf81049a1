"""Texts of others (headers, file names, descriptions of models) made harmless before they are shown or kept.

A control character in them could move the cursor of a terminal, rename its window or overwrite what stands there, and
a line break could pass for a line of ours.
"""

from __future__ import annotations

import re

#: What controls terminals: C0 but for tab and the line breaks, delete, C1, and what turns the direction of writing.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

#: Longest text that is shown or kept of an error, in characters.
LONGEST = 2000


def without_controls(text: str) -> str:
    """Return a text with its control characters but tabs and line breaks written out, such as ``\\x1b``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """Return a text on one line, without control characters; white space of any kind is a single space."""
    return without_controls(" ".join(re.split(r"[\s\u2028\u2029]+", text.strip())))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text of at most ``longest`` characters; of a longer one beginning and end."""
    if len(text) <= longest:
        return text
    left_out = f" ... ({len(text) - longest} characters left out) ... "
    half = max(0, longest - len(left_out)) // 2
    return text[:half] + left_out + text[len(text) - half:]
