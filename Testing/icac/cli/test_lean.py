"""What a run of one scan asks of libraries, in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[3] / "ICACSegmentation"


def printed(code: str, **environment: str) -> str:
    """Run Python code that knows ``run_lean`` and return what it prints."""
    usual = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", f"from icac.cli.lean import run_lean\n{code}"], text=True, check=True,
                          capture_output=True, env=usual | {"PYTHONPATH": str(LIBRARY)} | environment)
    return done.stdout.strip()


def test_blas_has_one_thread_unless_the_user_says_otherwise():
    code = "run_lean(); import os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert printed(code) == "1" and printed(code, OPENBLAS_NUM_THREADS="3") == "3"


def test_no_library_is_loaded_before_it_was_asked():
    assert printed("import sys, icac.cli.segment; print([name for name in ('numpy', 'scipy', 'SimpleITK') "
                   "if name in sys.modules])") == "[]"


def test_rings_of_objects_are_left_at_the_end_and_files_are_still_written(tmp_path):
    file = tmp_path / "written.txt"
    code = (f"import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 1000))\nrun_lean()\n"
            f"stream = open({str(file)!r}, 'w'); stream.write('all of it')")
    assert printed(code) == "True"
    assert file.read_text() == "all of it"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
def test_large_arrays_are_given_back_as_soon_as_they_are_gone():
    code = ("import re\nrun_lean()\n"
            "def taken(): return int(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
            "before, kept = taken(), []\n"
            "for _ in range(4):\n"
            "    kept = [bytearray(b'x') * (20 << 20), bytearray(100)]\n"
            "    held = taken() - before\n"
            "    del kept\n"
            "print(held > 15000, taken() - before < 5000)")
    assert printed(code) == "True True"
