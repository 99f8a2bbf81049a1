"""Two scans of one person: aligned, their lesions matched by place, and changes held against what noise explains."""

from icac.change.measure import measure_change
from icac.change.result import Change, LesionChange, State
from icac.change.scan import MeasuredScan

__all__ = ["Change", "LesionChange", "MeasuredScan", "State", "measure_change"]
