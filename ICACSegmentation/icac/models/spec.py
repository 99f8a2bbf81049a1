"""What a model is: everything that must be known to use its weights rightly, as written in model.json."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from icac.models.course_prior import CoursePrior
from icac.models.second_look import SecondLookRecord
from icac.models.validate import violations
from icac.network import Architecture, FcnConfig, read_architecture
from icac.network.kinds import KINDS
from icac.settings import MOST_POSES

FORMAT = "icac-model"
FORMAT_VERSION = 2

#: What documents have from format version 2 on.
_SINCE_2 = ("architecture.kind", "reference_sha256")

#: Names that Windows keeps for devices, whatever follows a dot.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})

#: Shown with every result of weights that have not seen a patient.
SIMULATED_NOTICE = "weights trained on simulated scans; research use only"

#: HU that the network sees as 1: below, float32 numbers overflow.
LEAST_SCALE_HU = 0.01

#: Temperatures beyond which every probability is 0, 1 or a half.
TEMPERATURES = (0.01, 100.0)

SCHEMA_FILE = Path(__file__).with_name("model.schema.json")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """Return the JSON schema of model.json."""
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def _check_finite(owner: str, **values: float) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{owner}{name} must be a finite number, not {value!r}")


@dataclass(frozen=True)
class IntensityScaling:
    """From HU to the numbers the network was trained on: ``(clip(hu, low_hu, high_hu) - shift_hu) / scale_hu``.

    Raises
    ------
    ValueError
        If a value is not finite, ``low_hu`` is not below ``high_hu``, or ``scale_hu`` is not positive.

    """

    low_hu: float
    high_hu: float
    shift_hu: float
    scale_hu: float

    def __post_init__(self) -> None:
        _check_finite("intensity.", **asdict(self))
        if not self.low_hu < self.high_hu:
            raise ValueError("intensity.low_hu must be below intensity.high_hu")
        if not self.scale_hu >= LEAST_SCALE_HU:
            raise ValueError(f"intensity.scale_hu must be at least {LEAST_SCALE_HU:g}")

    def apply(self, hu: np.ndarray) -> np.ndarray:
        """Return the network input, float32, for CT numbers in HU of any shape."""
        out = np.clip(hu, self.low_hu, self.high_hu).astype(np.float32)
        out -= np.float32(self.shift_hu)
        out /= np.float32(self.scale_hu)
        return out


@dataclass(frozen=True)
class WeightsRecord:
    """Checksum and size of the weights file."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class ModelSpec:
    """A model.

    Attributes
    ----------
    name, version, description : str
        The name is also the folder's: small letters, digits, dots, dashes and underscores.
    architecture : Architecture
        The network the weights belong to.
    spacing_mm : tuple of float
        Voxel size (x, y, z) of the network's input in mm: that for which its kind is made.
    intensity : IntensityScaling
        From HU to the network's input.
    threshold : float
        Probability from which a voxel is ICAC.
    lesion_threshold : float
        Probability that some voxel of a lesion must reach; nothing is asked if it is not above ``threshold``.
    poses : int
        Over how many poses of the head on the network's grid the mean is taken where there may be a lesion
        (:mod:`icac.poses`): as the thresholds were fitted. 1 in packages that do not tell.
    temperature : float
        The logit is divided by it before the sigmoid, which calibrates probabilities; 1 leaves them as they are.
    training_data : str
        What the weights were trained on.
    metrics : dict
        Results on held-out data, free form.
    licence : str
        Licence of the weights.
    simulated : bool
        True if the weights were trained on simulated scans.
    notice : str
        Shown with every result; :data:`SIMULATED_NOTICE` if omitted for simulated training.
    weights : WeightsRecord, optional
        Filled in when the package is saved.
    course_prior : CoursePrior, optional
        Log-odds by distance from the carotid course, added to those of the network.
    reference_sha256 : str
        Checksum of the reference head to which scans were registered in training
        (:func:`icac.reference.reference_sha256`); empty in packages of format 1, which do not tell.
    second_look : SecondLookRecord, optional
        What sees the carotids again, drawn out straight, before the thresholds (:mod:`icac.second_look`).

    Raises
    ------
    ValueError
        If a value is out of its range.

    """

    name: str
    version: str
    description: str
    architecture: Architecture
    intensity: IntensityScaling
    training_data: str
    licence: str
    simulated: bool
    spacing_mm: tuple[float, float, float] = (0.5, 0.5, 0.5)
    threshold: float = 0.5
    lesion_threshold: float = 0.0
    temperature: float = 1.0
    metrics: dict[str, Any] = field(default_factory=dict)
    notice: str = ""
    weights: WeightsRecord | None = None
    course_prior: CoursePrior | None = None
    reference_sha256: str = ""
    poses: int = 1
    second_look: SecondLookRecord | None = None

    def __post_init__(self) -> None:
        if self.simulated and not self.notice:
            object.__setattr__(self, "notice", SIMULATED_NOTICE)
        object.__setattr__(self, "spacing_mm", tuple(self.spacing_mm))
        if not re.fullmatch(schema()["properties"]["name"]["pattern"], self.name) or "\n" in self.name:
            raise ValueError(f"name must be of small letters, digits, dots, dashes and underscores, not {self.name!r}")
        if self.name.split(".")[0] in _DEVICES:
            raise ValueError(f"name must not be that of a device, such as {self.name!r}")
        if not np.allclose(self.spacing_mm, self.architecture.spacing_mm, rtol=0, atol=1e-6):
            words = (" x ".join(f"{v:g}" for v in mm) for mm in (self.spacing_mm, self.architecture.spacing_mm))
            raise ValueError("spacing_mm is {}, but its network is made for voxels of {} mm".format(*words))
        _check_finite("", threshold=self.threshold, lesion_threshold=self.lesion_threshold,
                      temperature=self.temperature)
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold must lie between 0 and 1, not at {self.threshold}")
        if not 0 <= self.lesion_threshold < 1:
            raise ValueError(f"lesion_threshold must be from 0 to below 1, not {self.lesion_threshold}")
        if not 1 <= self.poses <= MOST_POSES:
            raise ValueError(f"poses must be from 1 to {MOST_POSES}, not {self.poses}")
        if not TEMPERATURES[0] <= self.temperature <= TEMPERATURES[1]:
            raise ValueError("temperature must be from {:g} to {:g}, not {}".format(*TEMPERATURES, self.temperature))

    @property
    def sees(self) -> tuple[object, ...]:
        """What its network is shown of a scan: models are joined only if that is the same."""
        return self.intensity, self.spacing_mm, self.reference_sha256

    @property
    def stored(self) -> WeightsRecord:
        """Checksum and size of the weights of a model that has been saved; ValueError for another."""
        if self.weights is None:
            raise ValueError("This model has not been saved.")
        return self.weights

    @property
    def checksum(self) -> str:
        """What tells the weights of a saved model from those of all others: SHA-256 of theirs, and of a second look."""
        if self.second_look is None:
            return self.stored.sha256
        return hashlib.sha256(f"{self.stored.sha256} {self.second_look.sha256}".encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the content of model.json."""
        values = asdict(self)
        values["architecture"] = self.architecture.to_dict()
        values["spacing_mm"] = list(self.spacing_mm)
        if not self.reference_sha256:
            del values["reference_sha256"]
        if not self.lesion_threshold:
            del values["lesion_threshold"]
        if self.poses == 1:
            del values["poses"]
        if self.second_look is None:
            del values["second_look"]
        if self.course_prior is None:
            del values["course_prior"]
        else:
            values["course_prior"] = {name: list(row) for name, row in values["course_prior"].items()
                                      if row is not None}
        version = FORMAT_VERSION if self.reference_sha256 else 1
        return {"format": FORMAT, "format_version": version, **values}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> ModelSpec:
        """Check the content of model.json and make the specification.

        Raises
        ------
        ValueError
            With a phrase that says what is wrong.

        """
        check_document(document)
        values = {k: v for k, v in document.items() if k not in ("format", "format_version")}
        values["architecture"] = read_architecture(values["architecture"])
        values["intensity"] = IntensityScaling(**values["intensity"])
        values["weights"] = WeightsRecord(**values["weights"])
        if "course_prior" in values:
            values["course_prior"] = CoursePrior(**values["course_prior"])
        if "second_look" in values:
            values["second_look"] = SecondLookRecord(**values["second_look"])
        return cls(**values)


def check_document(document: Any) -> None:
    """Raise ValueError, with a phrase, unless ``document`` is a model.json that this version understands."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("its model.json does not describe a model for this software")
    version = document.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ValueError(f"it has format version {version} but this software reads version {FORMAT_VERSION}, so "
                         "a newer version of the software is needed")
    for fault in chain(violations(document, schema()), _missing_since_2(document)):
        raise ValueError(f"in its model.json {fault}")
    if (kind := document["architecture"].get("kind", FcnConfig.kind)) not in KINDS:
        raise ValueError(f"its network is of the kind {kind!r}, which this version of the software does not have")


def _missing_since_2(document: dict[str, Any]) -> Iterator[str]:
    if document.get("format_version") == 1:
        return
    present = {*document, *(f"architecture.{name}" for name in document["architecture"])}
    yield from (f"{name} is missing" for name in _SINCE_2 if name not in present)
