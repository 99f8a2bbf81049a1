"""Agreement of two masks voxel by voxel, in mm3 so that scans of different voxel sizes can be pooled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Words for reports.
CONVENTION = ("Dice of a scan is 1 if truth and prediction are both empty and 0 if only one is; 'with ICAC' leaves out "
              "scans without true ICAC. Sensitivity is undefined without truth, PPV without prediction.")


@dataclass(frozen=True)
class Overlap:
    """Volumes of the voxels that are ICAC in both masks, or in one only.

    Attributes
    ----------
    both_mm3, predicted_only_mm3, truth_only_mm3 : float
        True positive, false positive and false negative volume.

    """

    both_mm3: float
    predicted_only_mm3: float
    truth_only_mm3: float

    @classmethod
    def of(cls, predicted: np.ndarray, truth: np.ndarray, voxel_volume_mm3: float) -> Overlap:
        """Compare two bool masks (z, y, x)."""
        both = int(np.count_nonzero(predicted & truth))
        return cls(both * voxel_volume_mm3, (int(np.count_nonzero(predicted)) - both) * voxel_volume_mm3,
                   (int(np.count_nonzero(truth)) - both) * voxel_volume_mm3)

    @property
    def predicted_mm3(self) -> float:
        """Volume of the prediction."""
        return self.both_mm3 + self.predicted_only_mm3

    @property
    def truth_mm3(self) -> float:
        """Volume of the truth."""
        return self.both_mm3 + self.truth_only_mm3

    @property
    def dice(self) -> float:
        """Dice coefficient; see :data:`CONVENTION`."""
        total = self.predicted_mm3 + self.truth_mm3
        return 2 * self.both_mm3 / total if total else 1.0

    @property
    def sensitivity(self) -> float:
        """Share of the truth that was found; not a number without truth."""
        return self.both_mm3 / self.truth_mm3 if self.truth_mm3 else float("nan")

    @property
    def ppv(self) -> float:
        """Share of the prediction that is true; not a number without prediction."""
        return self.both_mm3 / self.predicted_mm3 if self.predicted_mm3 else float("nan")
