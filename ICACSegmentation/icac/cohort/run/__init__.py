"""Computing the scans of a cohort with many workers."""
