"""The readings of a worklist as masks: of each reader, of the third reading and, if wanted, of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from icac.anatomy import Course, Side
from icac.ct.masks import Mask, read_mask
from icac.errors import InputError
from icac.report import Report
from icac.result_files import USUAL_NAMES, find_file, find_mask
from icac.worklist import CaseStatus, WorklistCase
from icac.worklist.reader import ADJUDICATED, Reader, list_readers, load_adjudication

#: What the model is called among the readers.
MODEL = "model"


@dataclass(frozen=True)
class Rater:
    """Somebody, or something, that measured cases.

    Attributes
    ----------
    name : str
    masks : dict of str to Path
        Of the cases that he is done with.
    blind : frozenset of str
        Cases that he read without the model's result in sight.
    values : dict of str to dict
        What he says of each case, by field.

    """

    name: str
    masks: dict[str, Path]
    blind: frozenset[str]
    values: dict[str, Mapping[str, str]]


def raters_of(folder: Path, cases: Sequence[WorklistCase], wanted: Sequence[str] = (),
              with_model: bool = False) -> list[Rater]:
    """Return who measured the cases of a worklist: its readers, the third reading if there is one, and the model.

    Parameters
    ----------
    folder : Path
        Of the worklist.
    cases : sequence of WorklistCase
    wanted : sequence of str
        Names of the readers; all if empty.
    with_model : bool
        The results of the cases count as readings of the model.

    Raises
    ------
    InputError
        There is no reader of a name, or fewer than two raters.

    """
    names = [case.name for case in cases]
    readers = _chosen(list_readers(folder, names), wanted)
    third = load_adjudication(folder, names)
    raters = [_rater(one, names) for one in [*readers, *([third] if third else [])]]
    raters += [_model(cases)] if with_model else []
    raters = [one for one in raters if one.masks or one.name not in (ADJUDICATED, MODEL)]
    if len(raters) < 2:
        raise InputError(f"{folder} holds the readings of {raters[0].name if raters else 'nobody'}; two readers are "
                         "needed, or one and --with-model.")
    return raters


def _chosen(readers: list[Reader], wanted: Sequence[str]) -> list[Reader]:
    by_name = {reader.name.casefold(): reader for reader in readers}
    unknown = next((name for name in wanted if name.casefold() not in by_name), None)
    if unknown is not None:
        raise InputError(f"The worklist has no reader '{unknown}'; there are "
                         f"{', '.join(reader.name for reader in readers) or 'none'}.")
    return [by_name[name.casefold()] for name in dict.fromkeys(wanted)] if wanted else readers


def _rater(reader: Reader, names: Sequence[str]) -> Rater:
    done = [name for name in names if reader.state(name).status is CaseStatus.DONE]
    masks = {name: mask for name in done if (mask := reader.mask_path(name)) is not None and mask.is_file()}
    return Rater(reader.name, masks, frozenset(name for name in done if reader.state(name).blind),
                 {name: reader.state(name).fields for name in done})


def _model(cases: Sequence[WorklistCase]) -> Rater:
    masks = {case.name: mask for case in cases if case.result and (mask := find_mask(case.result)) is not None}
    return Rater(MODEL, masks, frozenset(), {})


def courses_of(case: WorklistCase) -> Mapping[Side, Course] | None:
    """Return the courses of the carotids of a case, as its result has them; None without a result."""
    if case.result is None:
        return None
    return Report.load(find_file(case.result, "report") or case.result / USUAL_NAMES.usual("report"),
                       f"case {case.name}").courses


def load_mask(rater: Rater, case: str) -> Mask:
    """Return the mask of a case; raises InputError if it cannot be read."""
    return read_mask(rater.masks[case])
