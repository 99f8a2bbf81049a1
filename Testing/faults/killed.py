"""Kill writers at random moments: python killed.py FOLDER KILLS.

Prints a line of JSON: how often which version, or none, was there afterwards, and what was wrong.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from icac.files.whole import TEMPORARY
from writers import WRITERS, Writer


def write_and_be_killed(writer: Writer, folder: Path, seconds: float) -> None:
    """Write both versions in turns in a process that is killed (SIGKILL) after some time."""
    process = os.fork()
    if process == 0:
        while True:
            for version in (1, 2):
                writer.write(folder, version)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def seconds_of(writer: Writer, folder: Path) -> float:
    """Return how long one write takes, everything imported."""
    writer.write(folder, 1)
    began = time.monotonic()
    writer.write(folder, 1)
    return time.monotonic() - began


def main() -> None:
    """Kill every writer some times."""
    root, kills, rng, told = Path(sys.argv[1]), int(sys.argv[2]), random.Random(11), {"found": {}, "wrong": []}
    for name, writer in WRITERS.items():
        folder, found = root / name.replace(" ", "_"), Counter()
        folder.mkdir()
        seconds = seconds_of(writer, folder)
        for _ in range(kills):
            write_and_be_killed(writer, folder, rng.uniform(0, 3 * seconds))
            try:
                found[str(writer.read(folder))] += 1
            except Exception:
                told["wrong"].append(f"{name}\n{traceback.format_exc()}")
        writer.write(folder, 2)
        if writer.read(folder) != 2:
            told["wrong"].append(f"{name}: cannot be written after it was killed")
        strange = {path.name for path in folder.iterdir() if path.name.startswith(".")
                   and not path.name.startswith(TEMPORARY)}
        told["wrong"] += [f"{name} left {other}, which nothing sweeps" for other in strange]
        told["found"][name] = found
    print(json.dumps(told))


if __name__ == "__main__":
    main()
