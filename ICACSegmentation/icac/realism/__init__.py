"""Comparing simulated with real skull bases: side by side, and in numbers."""

from icac.realism.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
