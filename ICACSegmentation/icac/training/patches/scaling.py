"""The scaling of CT numbers with which networks are trained."""

from __future__ import annotations

from icac.models import IntensityScaling

#: Soft tissue to dense bone; the threshold of calcium, 130 HU, is 0.
SCALING = IntensityScaling(low_hu=-200.0, high_hu=1500.0, shift_hu=130.0, scale_hu=300.0)
