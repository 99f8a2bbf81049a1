"""Thousands of scans: found, computed by many workers through Dask, put into tables and a page for review.

>>> from icac.cohort import Cluster, Segmentation, collect, find_scans, run_cohort
>>> summary = run_cohort(find_scans("studies/"), "results/", Segmentation(), cluster=Cluster(workers=2))
>>> summary.computed, summary.failed
(1, 0)
>>> files = collect("results/")
"""

from icac.cohort.results.collect import collect, review
from icac.cohort.run.cluster import Cluster
from icac.cohort.run.cohort_run import RunSummary, run_cohort
from icac.cohort.run.computation import Computation, Outcome
from icac.cohort.run.segmentation import Segmentation
from icac.cohort.scans.discover import find_scans
from icac.cohort.scans.scan_input import ScanInput
from icac.settings import Limits

__all__ = ["Cluster", "Computation", "Limits", "Outcome", "RunSummary", "ScanInput", "Segmentation", "collect",
           "find_scans", "review", "run_cohort"]
