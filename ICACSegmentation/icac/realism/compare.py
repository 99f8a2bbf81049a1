"""Comparing real scans with simulated ones of the same protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.errors import InputError
from icac.lesions.contact import bone_contact
from icac.progress import Progress, Silent
from icac.realism.counterpart import is_dry, matched_acquisition, simulate_counterpart
from icac.realism.measures import Measures, measure
from icac.realism.skull_base import SkullBase
from icac.simulate.implant.real_scan import RealScan, load_real_scan
from icac.simulate.scanner.acquisition import Acquisition


@dataclass(frozen=True, eq=False)
class Comparison:
    """A real skull base and its simulated counterparts.

    Attributes
    ----------
    real : SkullBase
    simulated : tuple of SkullBase
    real_measures : Measures
    simulated_measures : tuple of Measures
    acquisition : Acquisition
        Settings of the simulated scans, measured in the real one.
    dry : bool
        True for a bare skull, whose counterparts are bare too.

    """

    real: SkullBase
    simulated: tuple[SkullBase, ...]
    real_measures: Measures
    simulated_measures: tuple[Measures, ...]
    acquisition: Acquisition
    dry: bool


def compare(path: str | Path, cases: int = 3, seed: int = 0, labels: str | Path | None = None,
            progress: Progress | None = None) -> Comparison:
    """Compare a real scan with simulated ones.

    Parameters
    ----------
    path : str or Path
        Head CT.
    cases : int
        Number of simulated patients, 1 or more.
    seed : int
    labels : str or Path, optional
        ICAC of the real scan on the voxels that readers get, such as ``icac.nii.gz`` of ``icac segment``; only then is
        its contact with bone known.
    progress : Progress, optional

    Raises
    ------
    InputError
        If a file cannot be used, or ``cases`` is not positive.
    RegistrationError
        If no skull base is found.

    """
    if cases < 1:
        raise InputError(f"A comparison needs at least one simulated case, not {cases}.")
    progress = progress or Silent()
    name = Path(path).name
    progress.update("Compare", 0.0, f"{name}: read and align")
    real = load_real_scan(path)
    base = SkullBase.of_slices(name, real.slices, real.scan.volume, real.registration.reference_to_scan,
                               _contact(real, labels) if labels else None)
    acquisition, dry = matched_acquisition(real, base), is_dry(base)
    simulated = []
    for number in range(cases):
        progress.update("Compare", (number + 0.5) / (cases + 1), f"{name}: simulate {number + 1} of {cases}")
        rng = np.random.default_rng((seed, number, 6))
        simulated.append(simulate_counterpart(f"simulated {number + 1}", acquisition, dry, rng))
    progress.update("Compare", 1.0, f"{name}: done")
    return Comparison(base, tuple(simulated), measure(base), tuple(measure(s) for s in simulated), acquisition, dry)


def _contact(real: RealScan, labels: str | Path) -> float | None:
    from icac.ct.images import read_image
    from icac.ct.read import image_kind

    kind = image_kind(Path(labels))
    if kind is None or not Path(labels).is_file():
        raise InputError(f"{labels} is no NIfTI, NRRD or MetaImage file; give the ICAC labelmap of the scan.")
    mask = read_image(Path(labels), kind).volume
    if not mask.frame.matches(real.scan.volume.frame, 0.1):
        raise InputError(f"{labels} does not lie on the voxels of {real.scan.path}; give the labelmap that "
                         "'icac segment' wrote for it.")
    return bone_contact(mask.array > 0, real.scan.volume.array, mask.frame) if (mask.array > 0).any() else None
