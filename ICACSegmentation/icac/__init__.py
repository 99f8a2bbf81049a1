"""Measure intracranial carotid artery calcification (ICAC) in non-contrast head CT. Research use only."""

__version__ = "0.1.0"
