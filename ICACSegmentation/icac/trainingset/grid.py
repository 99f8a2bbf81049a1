"""The grid of all simulated training cases."""

from __future__ import annotations

from icac.geometry import Frame
from icac.reference.grid import CENTER_LPS_MM, SPACING_MM

#: Centred as the network's: both courses, 15 mm around them in plane and 10 mm above and below, and what the network
#: sees beyond its output (41 voxels in plane, 18 along z).
CASE_FRAME = Frame.regular((SPACING_MM,) * 3, (264, 216, 160), center=CENTER_LPS_MM)
