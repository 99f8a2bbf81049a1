"""Finding cases: which files are scans, drawn regions and results, what they are called, and which belong together.

Worklists, cohorts and evaluations find their cases by this.
"""
