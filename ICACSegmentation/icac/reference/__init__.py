"""The reference head: its image, its carotid courses, and the grid on which the network works."""

from icac.reference.grid import MEASURED_REGION, NETWORK_GRID
from icac.reference.head import ReferenceHead, load_reference, reference_sha256

__all__ = ["MEASURED_REGION", "NETWORK_GRID", "ReferenceHead", "load_reference", "reference_sha256"]
