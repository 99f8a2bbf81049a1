"""The colours of what spoke for and against a lesion, in the picture and in Slicer."""

from __future__ import annotations

#: 8-bit RGB of what spoke for ICAC, and against it: told apart with any colour vision.
FOR = (230, 60, 0)
AGAINST = (0, 114, 250)

#: How much of the CT the strongest contributions cover.
FULL_OPACITY = 0.85
