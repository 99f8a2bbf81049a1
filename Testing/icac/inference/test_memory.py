"""Limits of memory as Linux shows them, laid out in folders as they are in /proc and /sys/fs/cgroup."""

from __future__ import annotations

import sys

import pytest
from icac.inference import memory

MIB = 2**20


@pytest.fixture
def linux(tmp_path, monkeypatch):
    """Return a function that writes a file of the system."""
    def write(path: str, text: object) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{text}\n")

    monkeypatch.setattr(memory, "PROCESSES", tmp_path / "proc")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:   8388608 kB")
    return write


def test_without_limits_it_is_what_the_machine_has(linux):
    assert memory.free_bytes() == 8192 * MIB


def test_the_tightest_of_groups_within_each_other_counts(linux):
    linux("proc/self/cgroup", "0::/job/step")
    for folder, limit, used in (("job", 3000 * MIB, 2500 * MIB), ("job/step", "max", 100 * MIB)):
        linux(f"groups/{folder}/memory.max", limit)
        linux(f"groups/{folder}/memory.current", used)
    assert memory.free_bytes() == 500 * MIB
    linux("groups/job/memory.stat", f"anon 5\ninactive_file {200 * MIB}\nactive_file 7")
    assert memory.free_bytes() == 700 * MIB  # files that are only kept in memory do not count as used


def test_a_container_sees_its_own_limit_at_the_root(linux):
    linux("proc/self/cgroup", "0::/../../system.slice/of-the-host")
    linux("groups/memory.max", 1000 * MIB)
    linux("groups/memory.current", 1200 * MIB)
    assert memory.free_bytes() == 0


def test_groups_of_version_1(linux):
    linux("proc/self/cgroup", "11:cpu,cpuacct:/a\n4:memory:/slurm/job\n1:name=systemd:/x\n0::/")
    linux("groups/memory/slurm/memory.limit_in_bytes", 2000 * MIB)
    linux("groups/memory/slurm/memory.usage_in_bytes", 500 * MIB)
    linux("groups/memory/slurm/job/memory.limit_in_bytes", 9223372036854771712)  # how version 1 writes "none"
    linux("groups/memory/slurm/job/memory.usage_in_bytes", 400 * MIB)
    assert memory.free_bytes() == 1500 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_the_limit_of_the_process_counts(linux, monkeypatch):
    import resource

    linux("proc/self/status", "Name: python\nVmSize:   1048576 kB")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (3072 * MIB, resource.RLIM_INFINITY))
    assert memory.free_bytes() == 2048 * MIB


def test_usable_memory_is_a_sensible_number():
    assert 2**26 < memory.usable_bytes("cpu") < 2**46
