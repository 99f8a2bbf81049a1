"""From a mask to measured lesions: connected components, their properties, and the burden of a scan."""

from icac.lesions.burden import Burden, measure_burden
from icac.lesions.find import FoundLesions, find_lesions
from icac.lesions.lesion import Lesion

__all__ = ["Burden", "FoundLesions", "Lesion", "find_lesions", "measure_burden"]
