from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest
from icac.inference.allocator import give_back_freed_memory, keep_freed_memory

_FREE = """
import sys
from icac.inference.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
block = bytearray(200_000_000)
del block
print(resident() > 150_000_000)
"""

_GIVE_BACK = """
from icac.inference.allocator import give_back_freed_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
pieces = [bytes(1000) for _ in range(100_000)]
last = bytes(1000)
del pieces
before = resident()
assert give_back_freed_memory()
print(before - resident() > 50_000_000)
"""


def test_it_does_nothing_elsewhere(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert keep_freed_memory.__wrapped__() is False
    assert give_back_freed_memory() is False


def test_freed_pieces_go_back_to_the_system(repository):
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc holds them back")
    said = subprocess.run([sys.executable, "-c", _GIVE_BACK], capture_output=True, text=True, check=True,
                          cwd=repository / "ICACSegmentation").stdout.strip()
    assert said == "True"


def test_freed_memory_stays_in_the_process(repository):
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only glibc gives memory back that eagerly")
    # Dask leaves in the environment how its workers keep memory.
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    said = [subprocess.run([sys.executable, "-c", _FREE, how], capture_output=True, text=True, check=True, env=usual,
                           cwd=repository / "ICACSegmentation").stdout.strip() for how in ("keep", "leave")]
    assert said == ["True", "False"]
