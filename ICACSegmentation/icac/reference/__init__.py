"""The reference head: its image, its carotid courses, and the grid on which the network works."""

from icac.reference.grid import NETWORK_GRID

__all__ = ["NETWORK_GRID"]
