"""How much memory a pass of the network may take: a part of what is left to this process.

It is limited by the machine, by the limit of the process, and by those of groups that it is in. Groups (cgroups) lie
within each other, as those of a container within that of a batch job; each limits what is in it. What they count as
used includes files that the system keeps in memory and gives up when asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from icac.address_space import address_space_limit

#: Memory that is taken to be free where the system does not tell.
ASSUMED_BYTES = 4 * 2**30

#: Part of the free memory that a pass may plan with.
USABLE_PART = 0.5

#: Where Linux shows processes, and the groups of version 2 and (below ``memory``) of version 1.
PROCESSES, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def usable_bytes(device: str) -> int:
    """Return how many bytes a pass on ``device`` (``cpu``, ``cuda`` or ``mps``) may plan with."""
    if device == "cuda":
        import torch

        cached = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(USABLE_PART * (torch.cuda.mem_get_info()[0] + cached))
    free = free_bytes()
    return int(USABLE_PART * (ASSUMED_BYTES if free is None else free))


def free_bytes() -> int | None:
    """Return how many bytes this process can still get; None where the system does not tell."""
    found = [n for n in (_of_machine(), _of_process(), *_of_groups()) if n is not None]
    return max(0, min(found)) if found else None


def _of_machine() -> int | None:
    """Return the memory that Linux can give without swapping."""
    return _listed(PROCESSES / "meminfo", "MemAvailable:", 1024)


def _of_process() -> int | None:
    """Return what is left of the address space that this process may have (``ulimit -v``)."""
    limit, used = address_space_limit(), _listed(PROCESSES / "self" / "status", "VmSize:", 1024)
    return None if limit is None or used is None else limit - used


def _of_groups() -> Iterator[int]:
    """Yield what is left of the limit of each group that this process is in."""
    for line in _lines(PROCESSES / "self" / "cgroup"):
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if number == "0":
            names, root = ("memory.max", "memory.current", "inactive_file"), GROUPS
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            root = GROUPS / "memory"
        else:
            continue
        for folder in _upwards(root, path):
            left = _left(folder, *names)
            if left is not None:
                yield left


def _upwards(root: Path, path: str) -> Iterator[Path]:
    """Yield the folder of a group and those it lies in; in a container the path may be one of the host's."""
    inner = PurePosixPath(path.lstrip("/"))
    for part in (inner, *inner.parents):
        if ".." not in part.parts and (root / part).is_dir():
            yield root / part


def _left(folder: Path, limit: str, used: str, kept_files: str) -> int | None:
    most, now = (_number(folder / name) for name in (limit, used))
    if most is None or now is None:
        return None
    return most - now + (_listed(folder / "memory.stat", kept_files, 1) or 0)


def _number(path: Path) -> int | None:
    """Return the number in a file; None if there is none, as where the word ``max`` stands."""
    text = "".join(_lines(path))
    return int(text) if text.isdigit() else None


def _listed(path: Path, name: str, unit: int) -> int | None:
    """Return a number that a file lists after its name, times its unit in bytes."""
    found = (line.split() for line in _lines(path))
    return next((unit * int(words[1]) for words in found if words[:1] == [name] and words[1:]), None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split("\n")
    except OSError:
        return []
