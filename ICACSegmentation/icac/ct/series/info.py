"""What is known of a series before its pixels are read: all that the choice among the series of a study rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from icac.ct.series import words
from icac.ct.series.limits import AXIAL_COSINE, MIN_SLICES

#: Letters of a description at most; more are no description (PS3.5, 6.2).
LONGEST_TEXT = 64


@dataclass(frozen=True)
class SeriesInfo:
    """One series of a folder, or one volume of a scene.

    Attributes
    ----------
    uid : str
        Series Instance UID.
    number : str
        Series Number, empty if there is none.
    description : str
        Series Description.
    modality : str
        ``"CT"`` for CT.
    slices : int
        Number of images or frames.
    thickness_mm : float or None
        Slice thickness of the first slice.
    kernel : str
        Convolution kernel.
    obstacle : str
        Why this series is not chosen by itself, empty if it may be.
    reformatted : bool
        Its slices were computed from other slices.
    image_type, agent, body_part : str
        Of the header: Image Type (joined by backslashes), Contrast/Bolus Agent, Body Part Examined.
    increment_mm : float or None
        Usual distance between slices.
    span_mm : tuple of float or None
        LPS z from the lowest to the highest slice, half a slice beyond included.
    width_mm, pixel_mm : float or None
        Shorter side of the slices, and the larger distance between pixels.
    frame : str
        Frame of Reference UID: series that share it lie in one space.
    study : str
        Study Instance UID.
    patient : int
        Which of the patients in the folder, counted from 1.
    acquired_min : float or None
        When it was acquired, minutes on some clock; None if the header does not tell.
    kv : float or None
        Tube voltage.

    """

    uid: str
    number: str
    description: str
    modality: str
    slices: int
    thickness_mm: float | None
    kernel: str
    obstacle: str
    reformatted: bool = False
    image_type: str = ""
    agent: str = ""
    body_part: str = ""
    increment_mm: float | None = None
    span_mm: tuple[float, float] | None = None
    width_mm: float | None = None
    pixel_mm: float | None = None
    frame: str = ""
    study: str = ""
    patient: int = 1
    acquired_min: float | None = None
    kv: float | None = None

    def order(self) -> tuple[int, str]:
        """Sort key: the series number, then the UID."""
        return (int(self.number) if self.number.isdecimal() else 10**9, self.uid)

    @property
    def resolution_mm(self) -> float:
        """What a slice shows along the patient: its thickness, or the distance to the next if that is longer."""
        return max(self.thickness_mm or 0.0, self.increment_mm or 0.0)

    @property
    def height_mm(self) -> float | None:
        """Height of the stack of slices."""
        return None if self.span_mm is None else self.span_mm[1] - self.span_mm[0]

    @property
    def sharp(self) -> str:
        """By what it is a sharp reconstruction; empty if it is not known to be."""
        return words.sharpness(self.kernel, self.description)

    @property
    def enhanced(self) -> str:
        """By what contrast agent is known to be in the blood; empty if it is not."""
        return words.contrast(self.agent, self.description)

    @property
    def computed(self) -> str:
        """In which words it says to show one energy computed from two; empty if it does not."""
        return words.computed_energy(self.image_type, self.description)

    @property
    def one_voltage(self) -> str:
        """In which words it says to show one of the two voltages of a scan with two; empty if it does not."""
        return words.one_voltage(self.image_type, self.description)

    @property
    def both_voltages(self) -> str:
        """In which words it says to show both voltages of a scan with two; empty if it does not."""
        return words.both_voltages(self.image_type, self.description)

    @property
    def other_part(self) -> str:
        """The part of the body that it says to show if it is not the head."""
        return words.other_part(self.body_part, self.description)

    @property
    def name(self) -> str:
        """Number and description."""
        return f"{self.number or '-'} {self.quoted}"

    @property
    def quoted(self) -> str:
        """The description in quotes."""
        return f"'{self.description}'" if self.description else "without description"

    @property
    def listed(self) -> str:
        """Number and description, how many images of which kind, and the UID."""
        return self._listed("")

    def _listed(self, more: str) -> str:
        parts = [f"{self.slices} image{'s' * (self.slices != 1)}"]
        if self.thickness_mm:
            parts.append(f"{self.thickness_mm:g} mm")
        parts += [text for text in (self.kernel and f"kernel {self.kernel}", more) if text]
        return f"{self.name} ({', '.join(parts)}; UID {self.uid[:LONGEST_TEXT]})"

    def __str__(self) -> str:
        return self._listed(self.obstacle)


def obstacle_of_stack(normal_z: float, slices: int) -> str:
    """Say why CT slices cannot be chosen by themselves; empty if they may.

    Parameters
    ----------
    normal_z : float
        Component of the unit vector across the slices along the axis of the patient.
    slices : int

    """
    if abs(normal_z) < AXIAL_COSINE:
        return "not axial"
    return f"fewer than {MIN_SLICES} slices" if slices < MIN_SLICES else ""


def minutes_of(date: str, time: str) -> float | None:
    """Return a date (``YYYYMMDD``) and time (``HHMMSS.ffffff``) of a header in minutes; None if it tells none."""
    try:
        return (datetime.strptime(date + time[:6], "%Y%m%d%H%M%S") - datetime(1900, 1, 1)).total_seconds() / 60
    except ValueError:
        return None
