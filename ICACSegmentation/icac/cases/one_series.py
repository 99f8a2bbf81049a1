"""Of the series of a study one is a case: that in which a region was drawn, else that which the rule chooses.

All headers of a study are read for that, so what was chosen is given back to be kept: a list of cases that is worked
on then stays as it is when more series of a study come in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from icac.cases.look_through import FoundFile
from icac.ct.series.choose import CHOSEN, LEFT_OUT, Choice, RankedSeries, choose, examinations, with_head
from icac.ct.series.info import SeriesInfo
from icac.errors import InputError

if TYPE_CHECKING:
    from icac.ct.dicom.series import Study

#: Why a series is no case, beside what the rule says.
DRAWN = "a region was drawn in another series of its study"
NOT_HEAD = "cannot be read, or shows no head"
LATER = "came after another series of its study was chosen"


@dataclass(frozen=True)
class Chosen:
    """Which series of which study are cases.

    Attributes
    ----------
    scans : list of FoundFile
        In the order in which they were found.
    left_out : dict of Path to str
        Why each other one is none.
    ruled : dict of str to dict of str to str
        What the rule says of the series of each study, by UID: why one is left out, empty if it is a case. To be kept.

    """

    scans: list[FoundFile]
    left_out: dict[Path, str] = field(default_factory=dict)
    ruled: dict[str, dict[str, str]] = field(default_factory=dict)


def one_of_each_study(scans: Sequence[FoundFile], root: Path, drawn: Collection[str],
                      known: Mapping[str, Mapping[str, str]]) -> Chosen:
    """Choose among the series of each study.

    Parameters
    ----------
    scans : sequence of FoundFile
    root : Path
        Folders below different ones in it are of different people, whatever their UIDs say, unless each is the folder
        of one series of a study: then the root is that of the study.
    drawn : collection of str
        UIDs of the series in which a region was drawn.
    known : mapping of str to mapping of str to str
        :attr:`Chosen.ruled` of before.

    """
    chosen = Chosen([])
    for study, members in _studies([scan for scan in scans if scan.study_uid], root).items():
        if len(members) > 1:
            _choose(study, members, drawn, known, chosen)
    return Chosen([scan for scan in scans if scan.path not in chosen.left_out], chosen.left_out, chosen.ruled)


def _studies(scans: Sequence[FoundFile], root: Path) -> dict[str, list[FoundFile]]:
    """Sort series by their study and the folder in the root below which they lie."""
    folder = {scan.path: scan.path.relative_to(root).parts[:1] for scan in scans}
    held = Counter(folder.values())
    of_uid: defaultdict[str, list[FoundFile]] = defaultdict(list)
    for scan in scans:
        of_uid[scan.study_uid].append(scan)
    studies: defaultdict[str, list[FoundFile]] = defaultdict(list)
    for uid, members in of_uid.items():
        by_series = (len({scan.series_uid for scan in members}) == len(members)
                     and all(held[folder[scan.path]] == 1 for scan in members))
        for scan in members:
            studies[uid if by_series else " ".join((*folder[scan.path], uid))].append(scan)
    return studies


def _choose(study: str, members: list[FoundFile], drawn: Collection[str], known: Mapping[str, Mapping[str, str]],
            chosen: Chosen) -> None:
    """Choose among the series of one study, and say why of the others."""
    uids = {scan.series_uid for scan in members}
    before = known.get(study, {})
    if uids & set(drawn):
        reasons = {uid: "" if uid in drawn else DRAWN for uid in uids}
    elif any(uid in uids and not why for uid, why in before.items()):
        reasons = chosen.ruled[study] = {uid: before.get(uid, LATER) for uid in sorted(uids)}
    else:
        said = {one.series.uid: "" if one.status == CHOSEN else str(one) for one in _ranked(members)}
        reasons = chosen.ruled[study] = {uid: said.get(uid, NOT_HEAD) for uid in sorted(uids)}
    chosen.left_out.update({scan.path: why for scan in members if (why := reasons[scan.series_uid])})


def _ranked(members: Sequence[FoundFile]) -> list[RankedSeries]:
    """Rank the series of each examination of a study; those that cannot be used come first."""
    folders = {scan.path if scan.path.is_dir() else scan.path.parent for scan in members}
    studies = [study for folder in sorted(folders) if (study := _study(folder)) is not None]
    numbers = {uid: one.slices[0].file.text("PatientID") for study in studies for uid, one in study.found.items()}
    people = list(dict.fromkeys(filter(None, numbers.values())))  # who has no number is not taken for another one
    found = {info.uid: (replace(info, patient=people.index(number) if (number := numbers[info.uid]) else 0), study)
             for study in studies for info in study.infos}
    wanted = [found[scan.series_uid][0] for scan in members if scan.series_uid in found]

    def look(info: SeriesInfo) -> str:
        seen = found[info.uid][1].look
        return seen(info) if seen else ""

    choices: list[Choice] = [choose(group, look=look) for group in with_head(examinations(wanted))]
    unusable = [RankedSeries(info, LEFT_OUT, info.obstacle) for info in wanted if info.obstacle]
    return [*unusable, *(one for choice in choices for one in choice.ranked)]


def _study(folder: Path) -> Study | None:
    """Read the headers in a folder; None if no image in it can be used."""
    from icac.ct.dicom.series import read_study
    from icac.ct.glance import no_siphon

    try:
        return read_study(folder, no_siphon)
    except InputError:
        return None
