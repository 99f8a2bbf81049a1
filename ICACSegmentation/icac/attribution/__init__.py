"""Why a lesion was called one: how much each voxel of the scan raised or lowered what the network said of it.

Integrated gradients (Sundararajan et al. 2017, arXiv 1703.01365) of the mean log-odds of a lesion. They tell what the
network looked at, not whether it is right: a map of a false lesion looks as convincing as that of a true one, and only
shows what it was mistaken for.
"""

from icac.attribution.attribution import Attribution
from icac.attribution.explain import Explained, explain

__all__ = ["Attribution", "Explained", "explain"]
