"""One colour for each side, in the picture and in Slicer.

Orange and sky blue of Okabe and Ito: told apart with any colour vision, and from the grey of CT.
"""

from __future__ import annotations

from icac.anatomy import Side

#: 8-bit RGB.
SIDE_COLORS = {Side.RIGHT: (255, 170, 30), Side.LEFT: (60, 190, 255)}

#: 8-bit RGB of ICAC where the sides are not told apart.
ICAC_COLOR = (255, 170, 30)
