"""Thousands of scans: found, computed by many workers through Dask, put into tables and a page for review.

>>> from icac.cohort import Cluster, Segmentation, collect, find_scans, run_cohort
>>> summary = run_cohort(find_scans("studies/"), "results/", Segmentation(), cluster=Cluster(workers=2))
>>> summary.computed, summary.failed
(1, 0)
>>> files = collect("results/")
"""

from icac.cohort.cluster import Cluster
from icac.cohort.collect import collect, review
from icac.cohort.computation import Computation, Outcome
from icac.cohort.discover import find_scans
from icac.cohort.dispatch import Limits
from icac.cohort.run import RunSummary, run_cohort
from icac.cohort.scan_input import ScanInput
from icac.cohort.segmentation import Segmentation

__all__ = ["Cluster", "Computation", "Limits", "Outcome", "RunSummary", "ScanInput", "Segmentation", "collect",
           "find_scans", "review", "run_cohort"]
