"""The child process: progress, errors, and that cancelling leaves nothing behind. Real processes, no Slicer."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import pytest
from ICACSegmentationLib.run.command import Command, child_environment
from ICACSegmentationLib.run.runner import ChildRun, Outcome, Report, parse_report

DEADLINE_S = 240
POSIX = pytest.mark.skipif(os.name == "nt", reason="looks processes up by signal 0, which Windows has not")


def python(code: str, *arguments: str) -> Command:
    return Command((sys.executable, "-c", textwrap.dedent(code), *arguments), child_environment())


def poll_until(run: ChildRun, condition) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        run.poll()
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = f"/proc/{pid}/stat"            # an orphan that nobody has waited for is dead, too
    return not (os.path.exists(status) and open(status).read().split()[2] == "Z")


def wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


@pytest.fixture
def run():
    run = ChildRun()
    run.reports, run.endings = [], []
    run.reported.connect(run.reports.append)
    run.ended.connect(run.endings.append)
    yield run
    run.cancel()


def test_progress_is_reported_in_order_and_other_lines_are_logged(run):
    run.start(python("""
        import json
        print(json.dumps({"stage": "register", "fraction": 0.25, "message": "Ausrichten ä", "seconds": 1}))
        print("a warning")
        print(json.dumps({"stage": "write", "fraction": 1, "message": "", "seconds": 2}))
        """))
    poll_until(run, lambda: run.endings)
    assert run.reports == [Report("register", 0.25, "Ausrichten ä"), Report("write", 1.0, "")]
    assert [(ending.outcome, ending.log) for ending in run.endings] == [(Outcome.DONE, "a warning")]
    assert not run.is_running


def test_a_failure_carries_the_last_sentence_and_the_log(run):
    run.start(python("""
        import sys
        sys.stderr.write("first\\n")
        sys.stderr.buffer.write(b"The file \\xff is no CT.\\n")
        sys.exit(3)
        """))
    poll_until(run, lambda: run.endings)
    ending = run.endings[0]
    assert ending.outcome is Outcome.FAILED
    assert ending.message == "The file � is no CT."
    assert ending.log.splitlines() == ["first", "The file � is no CT.", "exit code 3"]


def test_nothing_but_progress_is_taken_for_progress():
    for line in ("", "text", "{", "[1]", '{"stage": "x"}', '{"stage": "x", "fraction": "y", "message": ""}'):
        assert parse_report(line) is None


def test_much_output_on_both_streams_does_not_block(run):
    run.start(python("""
        import sys
        for i in range(3000):
            print("o" * 80)
            print("e" * 80, file=sys.stderr)
        """))
    poll_until(run, lambda: run.endings)
    assert len(run.endings[0].log.splitlines()) == 6000


def test_a_second_start_is_refused_while_running(run):
    run.start(python("import time; time.sleep(60)"))
    with pytest.raises(RuntimeError):
        run.start(python("pass"))


def test_an_executable_that_is_not_there_leaves_no_run(run):
    with pytest.raises(OSError):
        run.start(Command(("no-such-executable",), dict(os.environ)))
    assert not run.is_running
    assert run.endings == []


LAUNCHER = """
    import subprocess, sys
    code = 'import json, os, time; print(json.dumps(dict(stage="pid", fraction=0, message=str(os.getpid()))), \
flush=True); time.sleep(600)'
    sys.exit(subprocess.call([sys.executable, "-c", code]))
    """


@POSIX
def test_cancel_ends_the_child_of_a_launcher_and_reports_once(run):
    run.start(python(LAUNCHER))
    poll_until(run, lambda: run.reports)
    run.cancel()
    assert [ending.outcome for ending in run.endings] == [Outcome.CANCELLED]
    wait_until_dead(int(run.reports[0].message))
    run.poll()
    run.cancel()
    assert len(run.endings) == 1


def test_a_receiver_may_cancel_and_hears_nothing_more(run):
    run.reported.connect(lambda report: run.cancel())
    run.start(python("""
        import json, time
        for i in range(5):
            print(json.dumps({"stage": str(i), "fraction": 0, "message": ""}))
        time.sleep(60)
        """))
    poll_until(run, lambda: run.endings)
    assert [report.stage for report in run.reports] == ["0"]
    assert [ending.outcome for ending in run.endings] == [Outcome.CANCELLED]


def test_a_run_can_be_followed_by_another(run):
    for text in ("one", "two"):
        run.start(python(f"print('{text}')"))
        poll_until(run, lambda: not run.is_running)
    assert [ending.log for ending in run.endings] == ["one", "two"]


@pytest.fixture
def slow_icac(tmp_path):
    """A folder with a package ``icac`` whose program says its process id and then computes for ten minutes."""
    (tmp_path / "icac").mkdir()
    (tmp_path / "icac/__init__.py").write_text("")
    (tmp_path / "icac/__main__.py").write_text(textwrap.dedent("""
        import os, sys, time
        print(os.getpid(), *sys.argv[1:], flush=True)
        time.sleep(float(os.environ["SLOW_ICAC_S"]))
        """))
    library = child_environment()["PYTHONPATH"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), library])}


CHILD = (sys.executable, "-m", "ICACSegmentationLib.run.child", "segment", "a.nrrd")


@pytest.mark.parametrize("lifeline", [subprocess.PIPE, subprocess.DEVNULL], ids=["a pipe", "no input"])
def test_child_runs_icac_with_its_arguments(slow_icac, lifeline):
    process = subprocess.Popen(CHILD, env={**slow_icac, "SLOW_ICAC_S": "0.5"}, stdin=lifeline,
                               stdout=subprocess.PIPE, text=True)
    out, _ = process.stdout.read(), process.wait(DEADLINE_S)
    assert out.split()[1:] == ["segment", "a.nrrd"]
    assert process.returncode == 0


@POSIX
def test_child_ends_when_the_application_dies(slow_icac):
    """The application is killed hard, so that nothing of it can tidy up; its child must end all the same."""
    code = """
        import sys, time
        from ICACSegmentationLib.run import processes
        child = processes.start(sys.argv[1:], __import__("os").environ)
        print(child.stdout.readline().split()[0].decode(), flush=True)
        time.sleep(600)
        """
    application = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *CHILD],
                                   env={**slow_icac, "SLOW_ICAC_S": "600"}, stdout=subprocess.PIPE, text=True)
    child = int(application.stdout.readline())
    assert is_alive(child)
    application.kill()
    application.wait(DEADLINE_S)
    wait_until_dead(child)
