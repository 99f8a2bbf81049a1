"""Worklists: cases that readers work through, saved at every change and resumed where they were left.

>>> from icac.worklist import CaseStatus, open_worklist
>>> with open_worklist("cases/", annotator="A. Reader") as worklist:
...     worklist.set_lesion("L-C6-1")
...     worklist.set_status(CaseStatus.DONE)
...     worklist.next_unfinished()

Each reader has records of his own, and ``adjudicate=True`` opens the third reading of what two finished.
:class:`BlindedComparison` asks which of two outlines is better; :func:`export_manifest` passes corrected cases on to
``icac train``.
"""

from icac.worklist.blinded.comparison import LEFT, MANUAL, PREDICTED, RIGHT, BlindedComparison, Tally
from icac.worklist.opening import open_worklist
from icac.worklist.records.case import CaseState, CaseStatus, Change, WorklistCase
from icac.worklist.records.design import Design, read_design
from icac.worklist.records.fields import CaseField
from icac.worklist.records.lock import LockedError, LostLockError
from icac.worklist.source import find_cases
from icac.worklist.training_manifest import ExportedManifest, export_manifest
from icac.worklist.worklist import Worklist

__all__ = ["LEFT", "MANUAL", "PREDICTED", "RIGHT", "BlindedComparison", "CaseField", "CaseState", "CaseStatus",
           "Change", "Design", "ExportedManifest", "LockedError", "LostLockError", "Tally", "Worklist", "WorklistCase",
           "export_manifest", "find_cases", "open_worklist", "read_design"]
