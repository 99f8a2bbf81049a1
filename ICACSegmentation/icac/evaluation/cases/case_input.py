"""One case to evaluate: where its prediction and truth are, and what else is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from icac.anatomy import Course, Side
from icac.geometry import Volume

#: A file, or a volume that is in memory already.
Source = Path | Volume


@dataclass(frozen=True, eq=False)
class CaseInput:
    """One case.

    Attributes
    ----------
    name : str
        Unique among the cases.
    predicted, truth : Path or Volume
        Labelmaps; every voxel above 0 is ICAC. On the same voxels, though either may cover a smaller box of them.
    probability : Path or Volume, optional
        Probability of ICAC on the voxels of ``predicted``; zero where the network did not look.
    ct : Path or Volume, optional
        The scan in HU on the voxels of ``predicted``.
    courses : Path or mapping of Side to Course, optional
        ``report.json`` of ``icac segment``, or the courses of the carotids in the space of the scan, LPS mm.
    split : str
        Cases of split ``validation`` only serve to fit the recalibration; see :func:`icac.evaluation.evaluate`.
    protocol : str
        Name of a subgroup, e.g. of the acquisition, that is tabulated on its own.
    acquisition : mapping of str to str
        What is stated of it, where files do not tell: see :mod:`icac.evaluation.cases.acquisition`.

    """

    name: str
    predicted: Source
    truth: Source
    probability: Source | None = None
    ct: Source | None = None
    courses: Path | Mapping[Side, Course] | None = None
    split: str = ""
    protocol: str = ""
    acquisition: Mapping[str, str] = field(default_factory=dict)
