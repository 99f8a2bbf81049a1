import pytest
from icac.worklist.records.clock import ActivityClock


@pytest.fixture
def time():
    return {"now": 1000.0}


@pytest.fixture
def clock(time):
    return ActivityClock(idle_after_s=60.0, now=lambda: time["now"])


def test_idle_time_does_not_count(clock, time):
    clock.touch()
    for gap, expected in ((5, 5), (50, 55), (3600, 115), (10, 125)):
        time["now"] += gap
        clock.touch()
        assert clock.seconds == expected


def test_nothing_counts_before_the_first_touch_and_after_a_pause(clock, time):
    clock.touch_if_running()
    time["now"] += 30
    clock.touch()
    time["now"] += 4
    clock.pause()
    time["now"] += 20
    clock.touch()
    time["now"] += 3
    clock.touch()
    assert clock.take() == 7
    assert clock.take() == 0


def test_clock_set_back(clock, time):
    clock.touch()
    time["now"] -= 100
    clock.touch()
    assert clock.seconds == 0
