"""Which slices of a series make one stack of one patient, by what their headers say.

A series should hold one reconstruction of one acquisition. Archives, converters and anonymisers put together what does
not belong together; other series only change a name, a thickness or a number half-way. Both are told apart by where
the slices lie: stacks that each fill the same place by themselves are several, stacks that follow each other are one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from icac.ct.dicom.headers import Slice
from icac.ct.dicom.series_description import UNITS_OF_CT, image_kind
from icac.ct.series.limits import AXIAL_COSINE, MIN_SLICES
from icac.errors import InputError

#: Elements by which two slices are of different patients, examinations or positions on the table.
IDENTITY = {"PatientID": "patients", "StudyInstanceUID": "examinations", "FrameOfReferenceUID": "positionings"}

#: Direction cosines that differ less are the same but for their rounding (0.1 degrees), and distances between pixels
#: by this share.
SAME_COSINE, SAME_SPACING = 0.002, 0.002

#: Slice thicknesses that differ by less than this share are one.
SAME_THICKNESS = 0.1

#: Thin slices that show at least this share of what thick ones show are measured without them.
THIN_SHARE = 0.8

#: Fewest slices of a stack within the range of another that show that they are two.
FEWEST_SHARED = 3

#: Slices that step aside by more than this (mm) between two others do not lie in their stack, and so many steps are
#: no change of the field of view half-way.
STEP_ASIDE_MM, STEPS_ASIDE = 1.0, 3

#: A stack is whole by itself while no distance is longer than this many times the usual one and the thickness.
WHOLE_STACK = 1.4


def choose_stack(slices: list[Slice], path: Path) -> tuple[list[Slice], list[str]]:
    """Return the slices of one stack, from the feet of their normal on, and sentences on what was left out.

    Raises
    ------
    InputError
        There is no stack, or more than one.

    """
    usable = [s for s in slices if not image_kind(s)] or [s for s in slices if s.has_geometry]
    if not usable:
        raise InputError(f"The images in {path} do not tell where they lie in the patient ({slices[0].lacking}); "
                         "export the original axial series.")
    chosen = _one_geometry(usable, path)
    _refuse_unplaced(slices, chosen, path)
    _refuse_several_identities(chosen, path)
    _refuse_other_values(chosen, path)
    left = len(slices) - len(chosen)
    notes = [f"{count_of(left, 'image', 'images')} of another kind in the series (localizer, other orientation or "
             "reconstruction) left out."] if left else []
    _refuse_several(chosen, lambda s: s.kernel, "reconstructions", "kernel", path, _fill_same_place)
    chosen, thick = _thin(chosen, path)
    _refuse_several(chosen, lambda s: s.acquisition, "acquisitions", "acquisition", path, _fill_same_place)
    # Copies of one image can differ in what was written into them later; images that differ are told by their pixels.
    _refuse_several(chosen, lambda s: s.voltage, "tube voltages", "kV", path, _alternate)
    _refuse_several(chosen, lambda s: s.image_type, "kinds of images", "type", path, _alternate)
    normal = chosen[0].normal
    chosen = sorted(chosen, key=lambda s: (float(s.position @ normal), s.file.text("SOPInstanceUID"), s.frame))
    _refuse_steps_aside(chosen, path)
    return chosen, [*notes, *thick]


def _one_geometry(usable: list[Slice], path: Path) -> list[Slice]:
    """Return the slices of one orientation and matrix."""
    stacks: list[list[Slice]] = []
    for one in usable:
        stack = next((stack for stack in stacks if _is_alike(stack[0], one)), None)
        if stack is None:
            stacks.append([one])
        else:
            stack.append(one)
    stacks.sort(key=len, reverse=True)
    axial = [s for s in stacks if abs(s[0].normal[2]) >= AXIAL_COSINE and len(s) >= MIN_SLICES]
    if len(axial) > 1:
        listed = "; ".join(_described(s) for s in axial)
        raise InputError(f"One series of {path} mixes {len(axial)} reconstructions ({listed}); "
                         "export them as separate series or into separate folders.")
    return axial[0] if axial else stacks[0]


def _is_alike(a: Slice, b: Slice) -> bool:
    return (a.file.pixels.rows == b.file.pixels.rows and a.file.pixels.columns == b.file.pixels.columns
            and bool(np.abs(a.geometry.orientation - b.geometry.orientation).max() <= SAME_COSINE)
            and np.allclose(a.geometry.spacing, b.geometry.spacing, rtol=SAME_SPACING, atol=0))


def _described(stack: list[Slice]) -> str:
    pixels = stack[0].file.pixels
    return f"{len(stack)} slices of {pixels.columns} x {pixels.rows}, kernel {stack[0].kernel or 'unknown'}"


def _refuse_unplaced(slices: list[Slice], chosen: list[Slice], path: Path) -> None:
    """Refuse a series of which some slices lost their position."""
    def form(one: Slice) -> tuple[str, int, int]:
        return one.file.text("SOPClassUID"), one.file.pixels.rows, one.file.pixels.columns

    lost = [s for s in slices if image_kind(s) == "no position" and form(s) == form(chosen[0])]
    if lost and len(chosen) >= MIN_SLICES:
        raise InputError(f"{count_of(len(lost), 'image', 'images')} of the series in {path} (such as "
                         f"{lost[0].file.path.name}) do not tell where they lie in the patient ({lost[0].lacking}); "
                         "export the original axial series.")


def _refuse_several_identities(chosen: list[Slice], path: Path) -> None:
    """Refuse slices of several patients or examinations; names that every slice has for itself tell nothing."""
    files = list({s.file.path: s.file for s in chosen}.values())
    for keyword, things in IDENTITY.items():
        names = [name for file in files if (name := file.text(keyword))]
        number = len(set(names))
        if 1 < number < len(names):
            raise InputError(f"One series of {path} mixes images of {number} {things} (their {keyword} differ); export "
                             "them as separate series or into separate folders.")


def _refuse_other_values(chosen: list[Slice], path: Path) -> None:
    """Refuse slices whose values are no CT numbers, or are turned into them for a part of the slices only."""
    other = next((s for s in chosen if s.unit not in UNITS_OF_CT), None)
    if other is not None:
        raise InputError(f"{other.file.path} holds values in {other.unit}, not CT numbers in HU; give a series of CT "
                         "numbers.")
    without = [s for s in chosen if not s.has_intercept]
    if 0 < len(without) < len(chosen):
        raise InputError(f"{count_of(len(without), 'image', 'images')} of the series in {path} (such as "
                         f"{without[0].file.path.name}) do not tell how their values become HU (no Rescale Intercept), "
                         "as the others do; export the series again.")


def _thin(chosen: list[Slice], path: Path) -> tuple[list[Slice], list[str]]:
    """Leave out thick slices that show again what the thin ones show."""
    known = sorted({s.thickness for s in chosen if s.thickness})
    steps = [n for n in range(1, len(known)) if known[n] > known[n - 1] * (1 + SAME_THICKNESS)]
    if not steps:
        return chosen, []
    classes = np.searchsorted([known[n] for n in steps], [s.thickness or 0.0 for s in chosen], side="right")
    stacks = [[s for s, c in zip(chosen, classes, strict=True) if c == k] for k in range(len(steps) + 1)]
    thinnest = stacks[0]
    again = [stack for stack in stacks[1:] if _fill_same_place([thinnest, stack])]
    if not again:
        return chosen, []
    if any(_share_within(stack, thinnest) < THIN_SHARE or _usual(thinnest) > _usual(stack) for stack in again):
        raise InputError(f"One series of {path} mixes thin and thick reconstructions, of which the thin ones show less "
                         "of the head; export them as separate series or into separate folders.")
    left = {id(s) for stack in again for s in stack}
    note = (f"{count_of(len(left), 'thicker slice', 'thicker slices')} of the same place in the series left out "
            f"({again[0][0].thickness:g} mm; those of {known[0]:g} mm were measured).")
    return [s for s in chosen if id(s) not in left], [note]


def _refuse_several(chosen: list[Slice], name: Callable[[Slice], str], things: str, what: str, path: Path,
                    are_two: Callable[[list[list[Slice]]], bool]) -> None:
    """Refuse stacks of different names that each fill the same place.

    No name is any, but at the very same places, or where thicknesses show that slices without it are a whole stack.
    """
    named = defaultdict(list)
    for one in chosen:
        named[name(one)].append(one)
    unnamed = named.pop("", [])
    if unnamed and any(_shows_again(unnamed, stack) for stack in named.values()):
        named[""] = unnamed
    stacks = sorted((stack for stack in named.values() if len(stack) >= MIN_SLICES), key=len, reverse=True)
    several = [s for s in stacks if s is stacks[0] or are_two([stacks[0], s])]
    if len(several) > 1:
        listed = "; ".join(f"{len(s)} slices of {what} {name(s[0]) or 'unknown'}" for s in several)
        raise InputError(f"One series of {path} mixes {len(several)} {things} of the same place ({listed}); "
                         "export them as separate series or into separate folders.")


def _shows_again(unnamed: list[Slice], stack: list[Slice]) -> bool:
    """Tell whether slices without a name show surely what a stack shows, and are none of it that lost their name."""
    told = all(one.thickness for one in (*unnamed, *stack))
    return _are_at_same_places(unnamed, stack) or (told and _fill_same_place([unnamed, stack]))


def _are_at_same_places(a: list[Slice], b: list[Slice]) -> bool:
    """Tell whether slices of two stacks have the same positions, to a hundredth of a millimetre."""
    places = [{tuple(np.round(s.geometry.position, 2)) for s in stack} for stack in (a, b)]
    return len(places[0] & places[1]) >= FEWEST_SHARED


def _depths(stack: list[Slice]) -> np.ndarray:
    return np.sort([float(s.position @ stack[0].normal) for s in stack])


def _share_within(stack: list[Slice], other: list[Slice]) -> float:
    """Return the share of the slices of a stack that lie between the ends of another, or a slice beyond."""
    own, ends, beyond = _depths(stack), _depths(other), _usual(stack)
    return float(((own >= ends[0] - beyond) & (own <= ends[-1] + beyond)).mean())


def _usual(stack: list[Slice]) -> float:
    """Return the usual distance between the slices of a stack, mm, to a hundredth."""
    return round(float(np.median(np.diff(_depths(stack)))), 2) if len(stack) > 1 else 0.0


def _fill_same_place(stacks: list[list[Slice]]) -> bool:
    """Tell whether two stacks show the same place twice: each is whole by itself where they overlap."""
    return _are_at_same_places(*stacks) or _alternate(stacks)


def _alternate(stacks: list[list[Slice]]) -> bool:
    """Tell whether two stacks are each whole where they overlap, at places of their own."""
    if _are_at_same_places(*stacks):
        return False
    depths = [_depths(stack) for stack in stacks]
    low, high = max(d[0] for d in depths), min(d[-1] for d in depths)
    inside = [d[(d >= low) & (d <= high)] for d in depths]
    if min(len(i) for i in inside) < FEWEST_SHARED or all(len(i) < len(d) / 4
                                                          for i, d in zip(inside, depths, strict=True)):
        return False
    return all(_is_whole(i, stack) for i, stack in zip(inside, stacks, strict=True))


def _is_whole(part: np.ndarray, stack: list[Slice]) -> bool:
    """Tell whether a part of a stack has no longer distances than the stack usually has, and its slices cover them."""
    longest = np.diff(part).max()
    thickness = np.median([s.thickness or np.inf for s in stack])
    return bool(longest <= WHOLE_STACK * _usual(stack) + 0.01 and longest <= WHOLE_STACK * thickness)


def _refuse_steps_aside(chosen: list[Slice], path: Path) -> None:
    """Refuse slices that do not lie above each other: of two fields of view, or of two positions of the table."""
    axes = np.vstack([chosen[0].geometry.orientation, chosen[0].normal])
    steps = np.diff(np.array([s.position for s in chosen]) @ axes.T, axis=0)
    rising = steps[:, 2] > 1e-2
    tilt = np.median(steps[rising, :2] / steps[rising, 2:], axis=0) if rising.any() else np.zeros(2)
    aside = np.abs(steps[:, :2] - tilt * steps[:, 2:]).max(axis=1, initial=0.0) > STEP_ASIDE_MM
    if np.count_nonzero(aside) >= STEPS_ASIDE or (aside[1:] & aside[:-1]).any():  # one slice alone steps there and back
        first, second = (chosen[int(np.argmax(aside)) + n].file.path.name for n in (0, 1))
        raise InputError(f"The slices of the series in {path} do not lie above each other (such as {first} and "
                         f"{second}): it mixes reconstructions of several fields of view; export one of them alone.")


def count_of(number: int, one: str, many: str) -> str:
    """Return a number with the right form of a word."""
    return f"{number} {one if number == 1 else many}"
