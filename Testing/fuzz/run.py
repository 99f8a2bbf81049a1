"""Read many mutants of every kind of file that is read, and count what becomes of them.

    python Testing/fuzz/run.py --mutants 100000 [--jobs 2] [--kinds nifti dicom_rle] [--seed 1] [-o FOLDER]
    python Testing/fuzz/run.py --replay FOLDER/nifti-123

The same mutant has the same number in every run; another seed takes other numbers. A run that was stopped goes on when
it is started again with the same folder. Every mutant that fails is kept there with its traceback, and --replay reads
it again.
"""

from __future__ import annotations

import argparse
import csv
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "ICACSegmentation")]

from Testing.fuzz.kinds import KINDS  # noqa: E402
from Testing.fuzz.mutant import FAILED, READ, REFUSED, Outcome  # noqa: E402
from Testing.fuzz.pool import Child  # noqa: E402

#: Numbers of mutants of one kind that belong to one seed.
SEED_STEP = 1_000_000

#: Seconds between two lines that say how far the run is.
EVERY_S = 30


def mutants(kinds: Iterable[str], seed: int = 0) -> Iterator[tuple[str, int]]:
    """Yield mutants without end, the kinds taking turns; those of one seed are none of another's."""
    kinds = list(kinds)
    return ((kind, number) for number in count(seed * SEED_STEP) for kind in kinds)


class Log:
    """The outcomes of a run, in a file that grows line by line."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.counts: Counter[tuple[str, str]] = Counter()
        self.groups: Counter[tuple[str, str]] = Counter()
        self.done: set[tuple[str, int]] = set()
        self._path = folder / "outcomes.csv"
        if self._path.is_file():
            for row in csv.reader(self._path.read_text(encoding="utf-8").splitlines()):
                self._count(row[0], int(row[1]), row[2], row[3])

    def add(self, kind: str, number: int, outcome: Outcome) -> None:
        """Write an outcome; only failures are grouped."""
        group = outcome.group if outcome.verdict == FAILED else ""
        self._count(kind, number, outcome.verdict, group)
        with self._path.open("a", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            csv.writer(stream).writerow((kind, number, outcome.verdict, group))

    def table(self) -> str:
        """Return the counts by kind and outcome, and the groups of failures."""
        kinds = sorted({kind for kind, _ in self.counts})
        rows = [(kind, *(self.counts[kind, verdict] for verdict in (READ, REFUSED, FAILED))) for kind in kinds]
        rows.append(("all", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True))))
        lines = ["| kind | read | refused | failed |", "|---|---|---|---|",
                 *(f"| {' | '.join(map(str, row))} |" for row in rows)]
        return "\n".join([*lines, "", *(f"{n} x {kind}: {group}" for (kind, group), n in self.groups.most_common())])

    def _count(self, kind: str, number: int, verdict: str, group: str) -> None:
        self.done.add((kind, number))
        self.counts[kind, verdict] += 1
        if verdict == FAILED:
            self.groups[kind, group] += 1


class Run:
    """Takes mutants one after the other, in as many processes as wanted."""

    def __init__(self, wanted: Iterable[tuple[str, int]], log: Log) -> None:
        self._wanted = iter([one for one in wanted if one not in log.done])
        self._log, self._lock = log, threading.Lock()
        self._said = time.monotonic()

    def work(self) -> None:
        """Read mutants until none is left."""
        with Child() as child:
            while (mutant := self._next()) is not None:
                outcome = child.read(*mutant)
                if outcome.verdict == FAILED:
                    keep(child, *mutant, outcome, self._log.folder)
                self._end(*mutant, outcome)

    def _next(self) -> tuple[str, int] | None:
        with self._lock:
            return next(self._wanted, None)

    def _end(self, kind: str, number: int, outcome: Outcome) -> None:
        with self._lock:
            self._log.add(kind, number, outcome)
            if time.monotonic() > self._said + EVERY_S:
                self._said = time.monotonic()
                failed = sum(n for (_, verdict), n in self._log.counts.items() if verdict == FAILED)
                print(f"{len(self._log.done)} mutants, {failed} failed", file=sys.stderr, flush=True)


def keep(child: Child, kind: str, number: int, outcome: Outcome, folder: Path) -> None:
    """Keep a mutant that failed, with the reason beside it."""
    target = folder / f"{kind}-{number}"
    if not target.exists():
        child.make(kind, number, target)
    target.with_suffix(".txt").write_text(outcome.why, encoding="utf-8", errors="backslashreplace")


def replay(folder: Path) -> int:
    """Read a mutant again that was kept, and say what becomes of it."""
    with Child() as child:
        outcome = child.read_again(folder.name.rpartition("-")[0], folder)
    print(f"{outcome.verdict}\n{outcome.why}")
    return int(outcome.verdict == FAILED)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=2000, help="of all kinds together (default: 2000)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other mutants (default: 0)")
    parser.add_argument("-o", "--output", type=Path, default=Path("fuzz_mutants"), help="default: fuzz_mutants")
    parser.add_argument("--replay", type=Path, metavar="FOLDER", help="read a mutant again that was kept")
    options = parser.parse_args()
    if options.replay:
        return replay(options.replay.resolve())
    log = Log(options.output)
    run = Run(islice(mutants(options.kinds, options.seed), options.mutants), log)
    threads = [threading.Thread(target=run.work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(log.table())
    return int(any(verdict == FAILED for _, verdict in log.counts))


if __name__ == "__main__":
    sys.exit(main())
