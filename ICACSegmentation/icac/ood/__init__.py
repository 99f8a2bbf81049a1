"""Out-of-distribution detection: whether a scan looks to the network like those that it knows.

The network itself cannot tell: on what it never saw it is as sure as on what it learnt from. Its features can: those of
usual scans fill a small part of their space (Lee et al. 2018, arXiv 1807.03888; for segmentation Gonzalez et al. 2021,
arXiv 2107.05975).
"""

from icac.ood.gate import Gate, Novelty

__all__ = ["Gate", "Novelty"]
