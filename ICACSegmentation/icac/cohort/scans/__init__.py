"""The scans of a cohort: found, named and recognised again."""
