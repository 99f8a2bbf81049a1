"""One colour for each state, in the picture and in Slicer: after Okabe and Ito, told apart with any colour vision."""

from __future__ import annotations

from icac.change.result import State

#: 8-bit RGB.
STATE_COLORS = {
    State.NEW: (213, 94, 0), State.GROWN: (230, 159, 0), State.STABLE: (0, 180, 120), State.SHRUNK: (86, 180, 233),
    State.GONE: (80, 130, 255), State.MERGED: (240, 228, 66), State.SPLIT: (204, 121, 167),
    State.UNSURE: (255, 255, 255), State.OUTSIDE: (165, 165, 165),
}
