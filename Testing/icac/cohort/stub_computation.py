"""A computation that takes no time: what is tested is the engine. Every 'scan' is a JSON text that says what to do.

Run as a program it is a run of a cohort, which can be killed::

    python stub_computation.py INPUT OUT WORKERS [SCHEDULER]
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from icac.cohort import Cluster, Limits, Outcome, find_scans, run_cohort
from icac.errors import InputError
from icac.progress import Plain


@dataclass(frozen=True)
class StubComputation:
    """Writes a mask, a picture and a row that follow from the scan; notes in ``log`` what it begins and loads."""

    log: str
    setting: int = 1

    def identity(self) -> dict:
        return {"model": "stub", "setting": self.setting}

    def load(self) -> dict:
        _append(self.log, f"load {os.getpid()}")
        return {"pid": os.getpid()}

    def read(self, scan) -> dict:
        text = Path(scan.path).read_text()
        if not text.startswith("{"):
            raise InputError(f"{scan.path} is damaged; export it again.")
        _append(self.log, f"read {scan.name}")
        return json.loads(text) | {"name": scan.name}

    def compute(self, shared, data, folder: Path, stem: str) -> Outcome:
        assert shared["pid"] == os.getpid()
        _append(self.log, f"begin {data['name']}")
        time.sleep(data.get("seconds", 0.0))
        _MISBEHAVIOUR[data.get("do", "nothing")]()
        for name in ("mask.bin", "overview.bin"):
            with (folder / f"{stem}_{name}").open("wb") as stream:
                for part in range(4):
                    stream.write(f"{stem} {name} {part} {data['volume']}\n".encode() * 50)
                    stream.flush()
                    time.sleep(data.get("seconds", 0.0) / 8)
        _append(self.log, f"end {data['name']}")
        row = {"volume_mm3": data["volume"] * self.setting, "lesions": 2, "quality": data.get("quality", 0.9)}
        lesions = [{"id": 1, "volume_mm3": data["volume"] * 0.75}, {"id": 2, "volume_mm3": data["volume"] * 0.25}]
        return Outcome(row, lesions, {"mask": f"{stem}_mask.bin", "overview": f"{stem}_overview.bin"}, {"segment": 0.0})


def _append(log: str, line: str) -> None:
    with open(log, "ab", buffering=0) as stream:
        stream.write(f"{line}\n".encode())


def _use_memory() -> None:
    blocks = []
    while True:
        blocks.append(bytearray(os.urandom(1 << 20) * 20))
        time.sleep(0.01)


def _no_memory() -> None:
    raise RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory")


def _unexpected() -> None:
    raise ZeroDivisionError("a fault of the program")


def _talk() -> None:
    print("said by the program")
    print("complained by the program", file=sys.stderr)
    os.write(2, b"last words of a library\n")


def _hang_with_interpreter() -> None:
    """Hang in C code that holds the interpreter, so that no thread of the process runs."""
    ctypes.PyDLL(None).sleep(600)


_MISBEHAVIOUR = {"nothing": lambda: None, "hang": lambda: time.sleep(600), "hang_interpreter": _hang_with_interpreter,
                 "die": lambda: os._exit(1), "memory": _use_memory, "no_memory": _no_memory,
                 "unexpected": _unexpected, "talk": _talk}


def write_stub(path: Path, volume: float = 10.0, **more) -> Path:
    """Write a 'scan'."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"volume": volume, **more}))
    return path


if __name__ == "__main__":
    source, out, workers, *scheduler = sys.argv[1:]
    summary = run_cohort(find_scans(source), out, StubComputation(f"{out}.log"), limits=Limits(attempts=50),
                         cluster=Cluster(workers=int(workers), scheduler=(scheduler or [""])[0]), progress=Plain())
    print(summary)
