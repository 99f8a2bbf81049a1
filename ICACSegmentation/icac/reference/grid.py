"""The grid on which the network sees every head: 240 x 240 x 100 voxels of 0.5 mm in reference space.

Bortsova et al. 2017, section 3: scans are registered rigidly to one reference and cropped to 240 x 240 x 100
voxels of 0.5 mm, i.e. 120 x 120 x 50 mm. Reference space is LPS in mm with its origin in the centre of the sella.
The box is centred on the carotids: C2 to C7 of both sides span about 61 x 36 x 42 mm.
"""

from __future__ import annotations

from icac.geometry import Frame, three

#: Voxel size of the network's input in mm.
SPACING_MM = 0.5

#: Centre of the box in reference space, LPS mm (3 mm behind and 7 mm below the centre of the sella).
CENTER_LPS_MM = (0.0, 3.0, -7.0)

#: Extent of the box along x, y and z, mm.
EXTENT_MM = (120.0, 120.0, 50.0)


def network_grid(spacing_mm: tuple[float, float, float]) -> Frame:
    """Return the grid of a network whose input has voxels of this size (x, y, z)."""
    size = three(round(extent / mm) for extent, mm in zip(EXTENT_MM, spacing_mm, strict=True))
    return Frame.regular(spacing_mm, size, center=CENTER_LPS_MM)


NETWORK_GRID = network_grid((SPACING_MM,) * 3)

#: The part of the head in which the sharpness and the noise of a scan are measured, and brought to the reference
#: conditions (:mod:`icac.ct.harmonise`): all that the network sees, and enough air, bone and brain around it. It
#: lies in the head, so that neither the field of view nor the air around the head matters.
MEASURED_REGION = Frame.regular((1.0, 1.0, 1.0), (132, 132, 88), center=CENTER_LPS_MM)

#: The grid of all simulated training cases: centred as the network's; both courses, 15 mm around them in plane and
#: 10 mm above and below, and what the network sees beyond its output (41 voxels in plane, 18 along z).
CASE_FRAME = Frame.regular((SPACING_MM,) * 3, (264, 216, 160), center=CENTER_LPS_MM)
