"""One mutant: made of a whole input, read, and judged."""

from __future__ import annotations

import os
import re
import shutil
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random

from icac.errors import IcacError
from icac.files.whole import TEMPORARY

from Testing.fuzz.kinds import KINDS

#: What became of a mutant: a result, the project's own error, or a fault of the project.
READ, REFUSED, FAILED = "read", "refused", "failed"

#: A sentence for users is no longer than this, however long what it speaks of.
LONGEST_SENTENCE = 2000

#: Native code that was asked for more memory than there is says so in words like these.
_NO_MEMORY = re.compile(r"bad_alloc|allocate memory|out of memory", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant, and the sentence or the traceback that tells why."""

    verdict: str
    why: str = ""

    @property
    def group(self) -> str:
        """What failures with the same cause have in common: the error and where it was raised."""
        lines = [line.strip() for line in self.why.strip().splitlines()] or [""]
        places = re.findall(r'File "[^"]*?(icac/[^"]*)", line (\d+)', self.why)
        last = lines[-1] if lines[0].startswith(("Traceback", "Fatal")) else lines[0]
        return f"{re.sub(r'[0-9]+', '#', last)[:90]} @ {':'.join(places[-1]) if places else '?'}"


def make_whole(kind: str, folder: Path) -> Path:
    """Write a whole input into a new folder, prove that it is read, and return where it is in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    place = KINDS[kind].make(folder).relative_to(folder)
    trial = folder.with_name(f"{folder.name}-trial")
    copy(folder, trial)
    outcome = read_and_judge(kind, trial, place)
    if outcome.verdict != READ:
        raise AssertionError(f"The whole input of kind {kind} is not read: {outcome.why}")
    return place


def make_mutant(kind: str, number: int, whole: Path, place: Path, folder: Path) -> None:
    """Copy a whole input into ``folder`` and damage it; the same number gives the same damage."""
    copy(whole, folder)
    KINDS[kind].damage(folder / place, Random(f"{kind} {number}"))


def read_and_judge(kind: str, folder: Path, place: Path) -> Outcome:
    """Read what is in a folder, and judge what comes of it."""
    before = _state(folder, KINDS[kind].writes)
    outcome = _read(kind, folder / place)
    if outcome.verdict == FAILED:
        return outcome
    left = [path for path in _files(folder) if Path(path).name.startswith(TEMPORARY)]
    changed = {name for name, _ in before.items() ^ _state(folder, KINDS[kind].writes).items()}
    if left or changed:
        return Outcome(FAILED, f"files were left ({sorted(left)}) or changed ({sorted(changed)})")
    return outcome


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its links and pipes."""
    for parent, folders, names in os.walk(source):
        there = target / Path(parent).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        for name in (*names, *(f for f in folders if Path(parent, f).is_symlink())):
            _copy_one(Path(parent, name), there / name)


def _copy_one(path: Path, target: Path) -> None:
    if path.is_symlink():
        target.symlink_to(os.readlink(path))
    elif path.is_file():
        shutil.copyfile(path, target)
    else:
        os.mkfifo(target)


def _read(kind: str, path: Path) -> Outcome:
    try:
        KINDS[kind].read(path)
        return Outcome(READ)
    except IcacError as error:
        return _judge_refusal(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return Outcome(FAILED, traceback.format_exc())


def _judge_refusal(error: IcacError) -> Outcome:
    """An error of the project's own is right, unless it hides that all memory was asked for, or never ends."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or _NO_MEMORY.search(str(cause)):
            return Outcome(FAILED, f"asked for more memory than a small file needs:\n{traceback.format_exc()}")
        cause = cause.__cause__ or cause.__context__
    if len(str(error)) > LONGEST_SENTENCE:
        return Outcome(FAILED, f"a sentence of {len(str(error))} characters: {str(error)[:300]}")
    return Outcome(REFUSED, str(error))


def _state(folder: Path, writes: tuple[str, ...]) -> dict[str, tuple]:
    """Return what may not change: kind and content of everything but what ``writes`` names."""
    found = {}
    for name in _files(folder):
        path = folder / name
        if Path(name).parts[0] not in writes:
            found[name] = (path.lstat().st_mode, path.read_bytes() if path.is_file() and not path.is_symlink() else b"")
    return found


def _files(folder: Path) -> list[str]:
    return [str(Path(parent, name).relative_to(folder)) for parent, folders, names in os.walk(folder)
            for name in (*names, *folders)]
