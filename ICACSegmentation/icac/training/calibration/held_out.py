"""Predicting cases that lie on the network's grid, as inference predicts a registered scan, and where they are judged.

A case is judged on the voxels of its scan if it keeps them (:mod:`icac.trainingset.case_scan`), as a user would see the
result; else on the network's grid.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from icac.calcium import is_calcium_dense
from icac.course import OnCourse, on_course
from icac.ct.harmonise import REFERENCE_FWHM_MM, plan_harmonisation
from icac.geometry import Frame, Volume, three
from icac.inference import Device, Engine, predict_outputs, to_scan_grid
from icac.inference.torch_engine import TorchEngine
from icac.lesions.noise import NoiseField
from icac.models import ModelPackage
from icac.network import FcnConfig, Geometry
from icac.network.interface.network import Network
from icac.network_region import analysed_frame, with_margins
from icac.reference import load_reference
from icac.reference.grid import CASE_FRAME
from icac.reference.position import reference_positions
from icac.second_look import second_look
from icac.training.patches.patch import cut
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import CaseArrays, case_frame, read_case
from icac.trainingset.drawings import read_shares
from icac.trainingset.drawn import UNKNOWN

if TYPE_CHECKING:
    from icac.anatomy import Side
    from icac.course import CourseFit


@lru_cache(maxsize=1)
def analysed() -> tuple[Frame, np.ndarray]:
    """Return the block of the case grid that is predicted, and the mask (z, y, x) of the voxels that count.

    It is the same whatever the network, so that all are judged on the same voxels.
    """
    return analysed_frame("carotid", load_reference().courses, FcnConfig().geometry, CASE_FRAME)


def analysed_positions(network: Geometry) -> np.ndarray:
    """Return the position channels (c, z, y, x) of the analysed block and the context that a network needs."""
    return reference_positions(with_margins(analysed()[0], network))


def shown_of_case(case: CaseArrays, network: Geometry) -> np.ndarray:
    """Return the CT numbers, HU (z, y, x), of the analysed block of a case and the context that a network needs."""
    return _on(with_margins(analysed()[0], network), case.hu)


class HeldOut:
    """One predicted case on the network's grid.

    Attributes
    ----------
    dense : numpy.ndarray of bool
        (z, y, x) voxels of at least 130 HU that count, on the analysed block; within reach of the carotids if the
        network finds these, and where the truth is known.
    found : OnCourse
        The dense voxels and the courses, in reference space.
    probability : numpy.ndarray
        float32 (z, y, x) probability of ICAC, 0 where there can be none. What it is at less than 130 HU matters only
        to voxels of the scan that have nothing denser around them on the grid.
    truth : numpy.ndarray of bool
        (z, y, x) ICAC.

    """

    def __init__(self, path: Path, package: ModelPackage, network: Network, device: Device) -> None:
        case = read_case(path)
        label = _on(analysed()[0], case.label, outside=0)
        self.truth = label == 1
        self.found = predict_case(case, label != UNKNOWN, package, network, device)
        self.dense, self.probability = self.found.dense, self.found.probability

    @property
    def courses(self) -> dict[Side, CourseFit]:
        """The courses of both carotids in reference space."""
        return self.found.courses


def predict_case(case: CaseArrays, known: np.ndarray | None, package: ModelPackage, network: Network, device: Device
                 ) -> OnCourse:
    """Return what a network finds in the analysed block of a case.

    Parameters
    ----------
    case : CaseArrays
    known : numpy.ndarray of bool or None
        (z, y, x) voxels of the block at which anything is to be found; None for all.
    package : ModelPackage
    network : Network
        Of the package.
    device : Device

    """
    engine = TorchEngine(network, device, package.second_look)
    return first_look(case, package, engine, known=known)[1]


class Looked(NamedTuple):
    """The analysed block of a case, and what the network tells of it."""

    frame: Frame
    hu: np.ndarray
    """(z, y, x)."""
    label: np.ndarray
    """(z, y, x), as of the case; 0 beyond it."""
    outputs: np.ndarray
    """(outputs, z, y, x)."""


def first_look(case: CaseArrays, package: ModelPackage, engine: Engine, known: np.ndarray | bool | None = None
               ) -> tuple[Looked, OnCourse]:
    """Return what a network tells of the analysed block of a case, and what is found with that.

    Parameters
    ----------
    case, package
        As of :func:`predict_case`.
    engine : Engine
        That runs the network of the package.
    known : numpy.ndarray of bool, True or None
        As of :func:`predict_case`; True for all voxels of which the truth is known.

    """
    frame, counted = analysed()[0], _counted(case)
    spec, geometry = package.spec, package.spec.architecture.geometry
    position = analysed_positions(geometry) if spec.architecture.position else None
    outputs = predict_outputs(engine, shown_of_case(case, geometry), spec.intensity, position=position,
                              temperature=spec.temperature)
    z, y, x = frame.shape
    looked = Looked(frame, _on(frame, case.hu), _on(frame, case.label, outside=0), outputs[:, :z, :y, :x])
    dense = counted & is_calcium_dense(looked.hu)
    if known is not None:
        dense &= looked.label != UNKNOWN if known is True else known
    again = second_look(engine.second_look, looked.hu, looked.outputs, frame)
    return looked, on_course(looked.outputs, frame, counted, dense, spec.course_prior, look=again)


def within_case(block: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Return the values of the analysed block, (z, y, x), as an array of a case of ``shape``, 0 beyond the block."""
    return cut(block, three(-n for n in _start(analysed()[0], shape)), shape, outside=0)


class ScoredVoxels:
    """The voxels on which a case is judged.

    Attributes
    ----------
    ct : Volume
        HU.
    truth : Volume
        uint8, 1 where ICAC is.
    dense : numpy.ndarray of bool
        (z, y, x) voxels that may be ICAC: at least 130 HU, within what is predicted, and where the truth is known.
    known : numpy.ndarray of bool
        (z, y, x) voxels whose truth is known.

    """

    def __init__(self, path: Path) -> None:
        self._path, self._scan = path, CaseScan.read(path)
        if self._scan is None:
            case, (frame, _) = read_case(path), analysed()
            self.ct = Volume(_on(frame, case.hu), frame)
            label = _on(frame, case.label, outside=0)
            self.known = _counted(case) & (label != UNKNOWN)
        else:
            self.ct, label = self._scan.ct, self._scan.icac.array
            self.known = label != UNKNOWN
        self.truth = self.ct.like((label == 1).astype(np.uint8))
        self.dense = self.known & is_calcium_dense(self.ct.array)

    @property
    def reference_to_ct(self) -> np.ndarray:
        """Map from reference LPS mm to the space of ``ct``, 4 x 4."""
        return np.eye(4) if self._scan is None else self._scan.reference_to_scan

    def probability(self, on_grid: np.ndarray, dense: np.ndarray) -> np.ndarray:
        """Return the probability of ICAC, float32 (z, y, x) on the voxels of ``ct``; 0 where the truth is not known.

        Parameters
        ----------
        on_grid, dense : numpy.ndarray
            Probability and dense voxels on the grid, as of :class:`HeldOut`.

        """
        if self._scan is None:
            return on_grid * self.known
        found = to_scan_grid(Volume(on_grid, analysed()[0]), dense, self.ct, self.reference_to_ct)
        return found * self.known

    @cached_property
    def shares(self) -> np.ndarray | None:
        """Share of several observers that drew each voxel, float32 (z, y, x); None if none are known."""
        found = read_shares(self._path, on_scan=self._scan is not None)
        return found if found is None or self._scan is not None else _on(analysed()[0], found, outside=0)

    @cached_property
    def noise(self) -> NoiseField:
        """Noise of the CT, which is as soft as it is measured: at least as the reference, or as its voxels."""
        frame, counted = analysed()
        found = plan_harmonisation(self.ct, self.reference_to_ct)
        grain = np.fmax(found.left_as_is.grain_mm(self.ct.frame), REFERENCE_FWHM_MM)
        return NoiseField(found.noise_sd_hu, three(map(float, grain)),
                          float(np.count_nonzero(counted)) * frame.voxel_volume_mm3)


def _counted(case: CaseArrays) -> np.ndarray:
    """Return the voxels of the analysed block that are known and near enough to the carotids."""
    frame, counted = analysed()
    return counted & (_on(frame, np.ones(case.hu.shape, np.uint8), outside=0) > 0)


def _on(frame: Frame, array: np.ndarray, outside: int | None = None) -> np.ndarray:
    """Cut the block ``frame`` out of an array of a case; outside the case, ``outside`` or its border repeated."""
    return cut(array, _start(frame, array.shape), frame.shape, outside)


def _start(frame: Frame, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the voxel (z, y, x) of a case of ``shape`` at which ``frame`` starts."""
    return three(int(n) for n in np.rint(case_frame(shape).to_index(frame.origin))[::-1])
