from __future__ import annotations

import platform
import subprocess
import sys

from icac.inference.allocator import keep_freed_memory

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


def test_it_does_nothing_elsewhere(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert keep_freed_memory.__wrapped__() is False


def test_freed_memory_stays_in_the_process(repository):
    if platform.libc_ver()[0] != "glibc":
        import pytest

        pytest.skip("only glibc gives memory back that eagerly")
    said = [subprocess.run([sys.executable, "-c", _FREE, how], capture_output=True, text=True, check=True,
                           cwd=repository / "ICACSegmentation").stdout.strip() for how in ("keep", "leave")]
    assert said == ["True", "False"]
