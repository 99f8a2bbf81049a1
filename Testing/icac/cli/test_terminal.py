"""What is printed reaches any terminal as plain text, and a run goes on when nothing can be printed any more."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import icac
import pytest
from icac.cli.terminal import Terminal

#: Prints as a command does, then leaves a file: the results.
RUN = """
import sys
from pathlib import Path
from icac.cli.terminal import cleaned_streams
from icac.progress import JsonLines, Plain
with cleaned_streams():
    for shown in (JsonLines(), Plain()):
        for n in range(2000):
            shown.update(f"Stage {n}", n / 2000)
    Path(sys.argv[1]).write_text("results")
"""

needs_shell = pytest.mark.skipif(not Path("/bin/bash").exists(), reason="there is no bash")


def run(command: str, out: Path) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(Path(icac.__file__).parents[1]), "CODE": RUN, "OUT": str(out)}
    return subprocess.run(["/bin/bash", "-c", f'"{sys.executable}" -c "$CODE" "$OUT" {command}'], text=True,
                          capture_output=True, env=environment, check=False)


@needs_shell
@pytest.mark.parametrize("command", ["| head -1; exit ${PIPESTATUS[0]}", "2>&1 | head -1; exit ${PIPESTATUS[0]}", ">&-",
                                     "2>&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full"])
def test_a_run_goes_on_without_a_reader(command, tmp_path):
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    done = run(command, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_text() == "results"
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


@needs_shell
@pytest.mark.parametrize(("command", "code"), [("> /dev/full", 7), ("2> /dev/full", 0), (">&-", 0)])
def test_what_is_lost_on_a_full_disk_is_said_in_the_end(command, code):
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    done = subprocess.run(["/bin/bash", "-c", f'"{sys.executable}" -m icac model list {command}'], text=True,
                          capture_output=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(Path(icac.__file__).parents[1])})
    assert done.returncode == code
    assert done.stderr.count("\n") == (code != 0) and ("is lost (No space left" in done.stderr) == (code != 0)


def test_an_encoding_that_lacks_letters_does_not_end_a_run():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    terminal = Terminal(stream)
    terminal.write("Results in C:\\頭部\\é \x1b[2J\n")
    terminal.flush()
    assert stream.buffer.getvalue().replace(b"\r", b"") == b"Results in C:\\\\u982d\\u90e8\\\xe9 \\x1b[2J\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_unwind_as_ctrl_c_does(number, code, tmp_path):
    script = f"""
import os, sys, time
from pathlib import Path
import icac.cli
import icac.cli.series
def run(options):
    try:
        os.kill(os.getpid(), {int(number)})
        time.sleep(30)
    finally:
        Path({str(tmp_path / "taken back")!r}).touch()
icac.cli.series.run = run
sys.exit(icac.cli.main(["series", "x"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(Path(icac.__file__).parents[1])},
                          preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    assert (done.returncode, done.stderr.strip()) == (code, "icac: stopped; nothing was left half-written.")
    assert (tmp_path / "taken back").exists()


@pytest.mark.parametrize("error", ["MemoryError()", "RuntimeError('std::bad_alloc')", "RuntimeError('DefaultCPU"
                                   "Allocator: not enough memory: you tried to allocate 8 bytes')"])
def test_a_lack_of_memory_is_said_in_a_sentence(error, capsys, monkeypatch):
    import icac.cli
    import icac.cli.series

    def fail(_options: object) -> int:
        raise eval(error)

    monkeypatch.setattr(icac.cli.series, "run", fail)
    assert icac.cli.main(["series", "x"]) == 6
    assert capsys.readouterr().err.count("\n") == 1


def test_other_faults_are_not_hidden(monkeypatch):
    import icac.cli.series

    def fail(_options: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(icac.cli.series, "run", fail)
    with pytest.raises(ZeroDivisionError):
        icac.cli.main(["series", "x"])
