"""Nothing leaves the machine, and nothing is written but results, caches and temporary files.

Where strace is at hand, the system itself tells what a whole run and all its processes do. Elsewhere Python's own audit
events have to do, for what loads the network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import icac
import pytest
from icac.ct import write_volume

LIBRARY = Path(icac.__file__).parents[1]

#: Notes what Python is about to do with sockets and files, in this process and in those forked from it.
AUDIT = """
import os, sys, tempfile
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def note(event, values):
    if event.startswith("socket.") or event == "open" and "w" in str(values[1]):
        os.write(log, f"{event} {values}\\n".encode("utf-8", "replace"))
sys.addaudithook(note)
import icac.inference.openvino_engine
import icac.inference.openvino_graph
"""

#: System calls that send, or that make or change files.
CALLS = "connect,sendto,sendmsg,sendmmsg,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat"

STRACE = shutil.which("strace")


def can_trace() -> bool:
    return STRACE is not None and subprocess.run([STRACE, "-f", "true"], capture_output=True, check=False
                                                 ).returncode == 0


def environment(home: Path) -> dict[str, str]:
    home.mkdir()
    temporary = home.parent / "temporary"
    temporary.mkdir()
    names = {"HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home, "TMPDIR": temporary, "PYTHONPATH": LIBRARY,
             "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    # Measuring which lines are reached writes files of its own.
    others = ("XDG_", "CI", "GITHUB", "COV")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    return kept | {key: str(value) for key, value in names.items()}


def test_loading_the_network_sends_nothing_and_leaves_the_home_folder_empty(tmp_path):
    pytest.importorskip("openvino")
    subprocess.run([sys.executable, "-c", AUDIT, str(tmp_path / "log")], env=environment(tmp_path / "home"), check=True)
    time.sleep(1.0)  # a process that reports would outlive the one that started it
    assert (tmp_path / "log").read_text() == ""
    assert list((tmp_path / "home").rglob("*")) == []


def test_openvino_is_imported_in_one_place_only():
    importing = {path.name for path in LIBRARY.rglob("*.py")
                 if re.search(r"^\s*(import openvino|from openvino)\b", path.read_text(encoding="utf-8"), re.MULTILINE)}
    assert importing == {"openvino_silent.py"}


@pytest.fixture(scope="module")
def scan(demo_scan, tmp_path_factory) -> Path:
    return write_volume(demo_scan.ct, tmp_path_factory.mktemp("scan") / "scans" / "head.nii.gz")


@pytest.mark.slow
@pytest.mark.skipif(not can_trace(), reason="there is no strace, or it may not trace")
@pytest.mark.parametrize("command", ["segment", "cohort"])
def test_a_whole_run_reaches_no_other_machine_and_writes_nowhere_else(command, scan, tmp_path):
    arguments = ["segment", scan] if command == "segment" else ["cohort", "run", scan.parent]
    trace = tmp_path / "trace"
    done = subprocess.run(
        [STRACE, "-f", "-qq", "-y", "-e", f"trace={CALLS}", "-o", trace, sys.executable, "-m", "icac", *arguments, "-o",
         tmp_path / "out", "--progress", "none"],
        env=environment(tmp_path / "home"), capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = trace.read_text(errors="replace").splitlines()
    assert [line for line in lines if reaches_out(line)] == []
    allowed = (str(tmp_path / "out"), str(tmp_path / "temporary"), "/dev/", "/proc/")
    assert sorted({path for line in lines if (path := written(line)) and not path.startswith(allowed)}) == []
    assert list((tmp_path / "home").rglob("*")) == []


def reaches_out(line: str) -> bool:
    """Tell whether a line of strace is of a connection, or of data, to an internet address that is not this machine."""
    address = re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line)
    if not address:
        return False
    return not (address[1] or address[2]).removeprefix("::ffff:").startswith(("127.", "::1"))


def written(line: str) -> str:
    """Return which path a line of strace makes or changes, with success; empty if none."""
    if re.search(r"= -1 E", line):
        return ""
    call = re.search(r"\b(\w+)\(", line)
    if call and call[1] in ("open", "openat"):
        opened = re.search(r"= \d+<([^>]+)>", line)
        return opened[1] if opened and re.search(r"O_WRONLY|O_RDWR|O_CREAT", line) else ""
    if call and call[1] in ("connect", "sendto", "sendmsg", "sendmmsg"):
        return ""
    named = re.search(r'"(/[^"]*)"', line)
    return named[1] if named else ""
