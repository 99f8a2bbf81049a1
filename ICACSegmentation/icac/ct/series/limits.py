"""How large and how fine a stack of slices must be, that ICAC can be measured in it, and at which voltage."""

from __future__ import annotations

#: Largest distance between slices, mm. ICAC spans 42 mm; seven millimetres, as old head protocols have it above the
#: skull base, leave six slices of it. Wider spaced, most lesions (median 4 to 5 mm long) would fall between slices.
MAX_SLICE_DISTANCE_MM = 7.5

#: Fewest slices, and least height (C2 to C7 span 42 mm) and width (both carotids span 61 mm, plus the bone around
#: them by which the head is aligned), mm.
MIN_SLICES = 8
MIN_HEIGHT_MM = 40.0
MIN_WIDTH_MM = 100.0

#: Slices count as axial while their normal is within 45 degrees of the patient's axis; gantries tilt up to 30.
AXIAL_COSINE = 0.7

#: Voltage to which the limit of calcium, 130 HU, belongs, kV.
STANDARD_KV = 120.0

#: Largest voxel in the plane of the slices, mm: a lesion is 1 to 2 mm thick.
MAX_IN_PLANE_MM = 1.5
