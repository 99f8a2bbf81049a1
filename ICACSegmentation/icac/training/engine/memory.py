"""How much memory the training process uses."""

from __future__ import annotations

import sys


def peak_memory_gb() -> float:
    """Return the largest resident memory of this process so far, in GB; 0 where it cannot be known."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
