"""The page on which a reader goes through all scans of a cohort, and what was decided there."""
