"""What a user chooses for a segmentation: the words there are, and one set of choices that begins with what is usual.

Nothing heavy is imported here, so that the command line can offer the words at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from icac.errors import DeviceError, InputError

#: What to compute on; ``auto`` is the best there is.
DEVICES = ("auto", "cpu", "cuda", "mps")

#: What runs the network; ``auto`` is OpenVINO on CPUs where it is installed, else PyTorch.
ENGINES = ("auto", "openvino", "torch")

#: Where the network looks: the tube around the carotid courses, or the whole 240 x 240 x 100 crop of the paper;
#: ``auto`` is the tube unless it is uncertain where the courses lie.
REGIONS = ("auto", "carotid", "crop")

#: Where the voxel axes of a file may run that does not tell: to the left, back and head, or the right, front and head.
AXES = ("lps", "ras")

#: With how many digits the network computes: ``bf16`` has 8 bits of them instead of 24 and takes half of the time;
#: ``auto`` is that where the processor is made for it and the model was tried with it, else ``float32``.
PRECISIONS = ("auto", "float32", "bf16")

#: In which form a scan is measured: brought to the reference conditions if it is sharper, or as it is.
HARMONISE = ("auto", "off")

#: What makes a segment of a DICOM segmentation: the lesions of a side, each by itself, or all.
DICOM_SEGMENTS = ("side", "lesion", "one")


#: Poses of the head on the network's grid over which a mean is taken at most; more are of no use.
MOST_POSES = 8


@dataclass(frozen=True)
class Settings:
    """How a scan is segmented, as a user chose it.

    Attributes
    ----------
    model : str
        Name of an installed model or folder of a model package; the default model if empty.
    device, engine, region, harmonise, precision : str
        One of :data:`DEVICES`, :data:`ENGINES`, :data:`REGIONS`, :data:`HARMONISE`, :data:`PRECISIONS`.
    series : str
        Which series of a DICOM folder: its UID, number or description, or the UID of its study; the best by the rule of
        :mod:`icac.ct.series.choose` if empty.
    threshold : float, optional
        Probability above which a voxel of at least 130 HU is ICAC. The model's own if omitted.
    lesion_threshold : float, optional
        Probability that some voxel of a lesion must reach. The model's own if omitted.
    poses : int, optional
        Over how many poses of the head on the network's grid the mean is taken where there may be a lesion
        (:mod:`icac.poses`). The model's own if omitted; 1 is fastest.
    min_volume_mm3 : float
        Lesions smaller than this are dropped. Nothing is dropped by default.
    assume : str
        Where the voxel axes run of a file that does not tell, one of :data:`AXES`; if empty, such files are refused.
    scores : str
        File of rules by which visual scores are proposed (:mod:`icac.scores`); those of the library if empty.
    prefer : str
        What counts more than the rule that chooses a series: thin, thick, soft, sharp, or words of a description,
        joined by commas.

    Raises
    ------
    InputError, DeviceError
        A value is none of the words, or no probability or volume.

    """

    model: str = ""
    device: str = "auto"
    engine: str = "auto"
    series: str = ""
    threshold: float | None = None
    lesion_threshold: float | None = None
    region: str = "auto"
    min_volume_mm3: float = 0.0
    harmonise: str = "auto"
    assume: str = ""
    scores: str = ""
    prefer: str = ""
    precision: str = "auto"
    poses: int | None = None

    def __post_init__(self) -> None:
        check_device(self.device)
        check_engine(self.engine)
        check_precision(self.precision)
        if self.region not in REGIONS:
            raise InputError(f"The region is one of {', '.join(REGIONS)}, not '{self.region}'.")
        if self.harmonise not in HARMONISE:
            raise InputError(f"Harmonisation is one of {', '.join(HARMONISE)}, not '{self.harmonise}'.")
        if self.assume and self.assume not in AXES:
            raise InputError(f"The axes of a file can be assumed to be {' or '.join(AXES)}, not '{self.assume}'.")
        _check_probability(self.threshold, "threshold")
        _check_probability(self.lesion_threshold, "lesion threshold")
        if self.poses is not None and not 1 <= self.poses <= MOST_POSES:
            raise InputError(f"The number of poses is from 1 to {MOST_POSES}, not {self.poses}.")
        if not (math.isfinite(self.min_volume_mm3) and self.min_volume_mm3 >= 0):
            raise InputError(f"The smallest volume of a lesion is 0 mm3 or more, not {self.min_volume_mm3}.")


@dataclass(frozen=True)
class Limits:
    """When a scan of a cohort is given up.

    Attributes
    ----------
    timeout_s : float
        Seconds of reading, computing and writing.
    attempts : int
        How often it is begun at most, if its worker dies each time.

    """

    timeout_s: float = 900.0
    attempts: int = 3

    def __post_init__(self) -> None:
        if not self.timeout_s > 0 or self.attempts < 1:
            raise InputError("The time limit must be positive, and a scan must be tried once at least.")


def check_device(device: str) -> None:
    """Raise DeviceError if a device is none of :data:`DEVICES`."""
    if device not in DEVICES:
        raise DeviceError(f"There is no device called '{device}': choose one of {', '.join(DEVICES)}.")


def check_engine(engine: str) -> None:
    """Raise DeviceError if an engine is none of :data:`ENGINES`."""
    if engine not in ENGINES:
        raise DeviceError(f"There is no engine called '{engine}': choose one of {', '.join(ENGINES)}.")


def check_precision(precision: str) -> None:
    """Raise DeviceError if a precision is none of :data:`PRECISIONS`."""
    if precision not in PRECISIONS:
        raise DeviceError(f"There is no precision called '{precision}': choose one of {', '.join(PRECISIONS)}.")


def _check_probability(value: float | None, name: str) -> None:
    if value is not None and not 0 < value < 1:
        raise InputError(f"The {name} is a probability between 0 and 1, not {value}.")


#: What is used where nobody chose.
USUAL = Settings()
