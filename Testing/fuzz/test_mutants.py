"""The first mutants of every kind end in a result or in the project's own error; ``run.py`` reads any number of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from Testing.fuzz.kinds import KINDS
from Testing.fuzz.mutant import FAILED, READ, REFUSED, Outcome
from Testing.fuzz.pool import Child
from Testing.fuzz.run import Log, mutants

REPOSITORY = Path(__file__).resolve().parents[2]

#: Mutants of each kind; 49 kinds take some seconds of one core.
MUTANTS = int(os.environ.get("ICAC_TEST_MUTANTS", "10"))

#: Kinds without which the reader goes on, whatever they hold.
TOLERATED = ("sidecar", "worklist_lock")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="some mutants are links, pipes and names that Windows "
                                                               "does not have")


@pytest.fixture(scope="module")
def child():
    with Child() as child:
        yield child


@pytest.mark.parametrize("kind", KINDS)
def test_mutants_end_in_a_result_or_in_an_error_of_our_own(kind, child):
    outcomes = {number: child.read(kind, number) for number in range(MUTANTS)}
    failed = {number: outcome.why for number, outcome in outcomes.items() if outcome.verdict == FAILED}
    assert not failed, "\n\n".join(f"{kind} {number}: {why[-1500:]}" for number, why in failed.items())
    if kind not in TOLERATED:
        assert any(outcome.verdict == REFUSED for outcome in outcomes.values()), "the damage does no harm"


def test_damage_is_the_same_every_time(child, tmp_path):
    for name in ("one", "two"):
        child.make("dicom_series", 5, tmp_path / name)
    files = {name: sorted((tmp_path / name / "series").iterdir()) for name in ("one", "two")}
    assert [path.read_bytes() for path in files["one"]] == [path.read_bytes() for path in files["two"]]


@pytest.fixture
def told(tmp_path):
    """Return a function that reads one mutant in a process of its own, with faulty code in place of the reader."""
    def tell(code: str, limits: str = "Limits()") -> subprocess.CompletedProcess:
        program = f"""
from dataclasses import replace
from pathlib import Path
from Testing.fuzz.child import Limits
from Testing.fuzz.kinds import KINDS
from Testing.fuzz.mutant import make_mutant, make_whole, read_and_judge

def read(path):
    {code}

root = Path({str(tmp_path)!r})
place = make_whole("sidecar", root / "whole")
make_mutant("sidecar", 0, root / "whole", place, root / "mutant")
KINDS["sidecar"] = replace(KINDS["sidecar"], read=read)
with {limits}:
    print(read_and_judge("sidecar", root / "mutant", place).why)
"""
        paths = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "ICACSegmentation")))
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False,
                              env=os.environ | {"PYTHONPATH": paths})

    return tell


@pytest.mark.parametrize(("code", "found"), [
    ("raise ZeroDivisionError", "ZeroDivisionError"),
    pytest.param("return bytearray(3 << 30)", "MemoryError", marks=pytest.mark.skipif(
        sys.platform != "linux", reason="only Linux limits the memory of a process")),
    ("path.with_name('scan.nii').write_bytes(b'')", "changed (['scan.nii'])"),
    ("(path.parent / '.icac-partial-1-x').touch()", "files were left"),
    ("from icac.errors import IcacError\n    class Long(IcacError):\n        def __str__(self): return 'x' * 3000\n"
     "    raise Long('')", "a sentence of 3000 characters"),
])
def test_the_harness_finds_faults(code, found, told):
    assert found in told(code).stdout


@pytest.mark.slow
def test_the_harness_ends_what_takes_too_long_and_survives_crashes(told, child):
    assert told("while True: pass", "Limits(cpu_s=0.2)").returncode == -signal.SIGPROF
    process = child.read("sidecar", 1) and child._process
    process.kill()
    assert "the process ended: SIGKILL" in child.read("sidecar", 1).why
    assert child.read("sidecar", 1).verdict in (READ, REFUSED)


def test_another_seed_gives_other_mutants():
    first, second = ({*islice(mutants(("nifti", "nrrd"), seed), 50)} for seed in (0, 1))
    assert len(first) == len(second) == 50
    assert not first & second


def test_a_stopped_run_goes_on_and_counts_by_kind_and_cause(tmp_path):
    log = Log(tmp_path)
    log.add("nifti", 0, Outcome(READ))
    log.add("nifti", 1, Outcome(FAILED, 'Traceback\n  File "/x/icac/ct/read.py", line 12, in read\nKeyError: 7'))
    again = Log(tmp_path)
    assert again.done == {("nifti", 0), ("nifti", 1)}
    assert again.table().splitlines()[2:] == ["| nifti | 1 | 0 | 1 |", "| all | 1 | 0 | 1 |", "",
                                              "1 x nifti: KeyError: # @ icac/ct/read.py:12"]
