"""Write on a small disk that has less and less space: python full_disk.py FOLDER, in a mount namespace of its own.

Prints a line of JSON: how many writes succeeded, how many were refused, and what was wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

from icac.errors import OutputError
from icac.files.whole import TEMPORARY
from writers import WRITERS, Writer

DISK = 4 << 20

#: Space that is left for a write, from none to more than any needs.
LEFT = (0, 4 << 10, 16 << 10, 40 << 10, 70 << 10, 90 << 10, 110 << 10, 150 << 10, 250 << 10, 1 << 20)


def leave(folder: Path, space: int) -> None:
    """Fill the disk but for some space."""
    filler = folder / "filler"
    filler.unlink(missing_ok=True)
    state = os.statvfs(folder)
    filler.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - space)))


def try_once(writer: Writer, folder: Path, version: int, space: int) -> bool:
    """Write, and prove that what is there afterwards is whole: the new, or, after the right error, what was there."""
    before = writer.read(folder)
    leave(folder, space)
    try:
        writer.write(folder, version)
        expected, written = version, True
    except OutputError:
        expected, written = before, False
    # Who reads a worklist needs space for its lock.
    leave(folder, 64 << 10)
    found = writer.read(folder)
    assert found == expected, f"version {found} is there and not {expected} (written: {written})"
    left = [path.name for path in folder.rglob(f"{TEMPORARY}*")]
    assert not left, f"left: {left}"
    return written


def main() -> None:
    """Try every writer with every amount of space, on an empty disk and over an earlier version."""
    root, told = Path(sys.argv[1]), {"written": 0, "refused": 0, "wrong": []}
    for name, writer in WRITERS.items():
        for earlier in (False, True):
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(root)], check=True)
            for space in LEFT:
                try:
                    if earlier:
                        leave(root, 2 << 20)
                        writer.write(root, 1)
                    told["written" if try_once(writer, root, 2, space) else "refused"] += 1
                except Exception:
                    told["wrong"].append(f"{name}, {space} left, over another: {earlier}\n{traceback.format_exc()}")
            subprocess.run(["umount", "-l", str(root)], check=True)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
