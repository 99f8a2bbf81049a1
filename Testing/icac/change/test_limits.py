"""Limits: looked up between protocols and volumes, the same both ways, and those of the library are sound."""

from __future__ import annotations

import math

import pytest
from icac.change.limits import KINDS, Z95, Limits, load_limits
from icac.change.scan import Protocol

THIN, NOISY, THICK = Protocol(1.0, 10.0), Protocol(1.0, 20.0), Protocol(5.0, 5.0)


def test_two_scans_by_one_protocol_have_limits_around_zero(limits):
    noise = limits.noise("lesion", 10.0, 10.0, THIN, THIN)
    assert noise.high_mm3 == -noise.low_mm3 == pytest.approx(Z95 * 0.2 * math.sqrt(2) * 2 * math.sqrt(10.0))


def test_limits_lie_between_those_of_the_protocols_and_volumes(limits):
    def width(protocol: Protocol, mm3: float = 10.0) -> float:
        return limits.noise("lesion", mm3, mm3, protocol, protocol).high_mm3

    assert width(THIN) < width(Protocol(1.0, 15.0)) < width(NOISY) < width(Protocol(2.2, 20.0)) < width(THICK)
    assert width(THIN, 1.0) < width(THIN, 3.0) < width(THIN, 10.0)
    assert width(Protocol(0.3, 2.0)) == width(THIN) and width(Protocol(9.0, 50.0)) == width(Protocol(5.0, 15.0))
    assert width(Protocol(1.0, math.nan)) == width(NOISY), "what is unknown is not taken for good"


def test_another_protocol_shifts_the_limits_by_its_bias(limits):
    noise = limits.noise("lesion", 25.0, 25.0, THIN, THICK)
    assert (noise.low_mm3 + noise.high_mm3) / 2 == pytest.approx(-0.3 * 2 * 5)
    assert noise.high_mm3 - noise.low_mm3 > 2 * Z95 * math.hypot(0.2, 0.8) * 10


def test_both_orders_have_the_same_limits(limits):
    there, back = limits.noise("total", 12.0, 30.0, THIN, THICK), limits.noise("total", 30.0, 12.0, THICK, THIN)
    assert (there.low_mm3, there.high_mm3) == pytest.approx((-back.high_mm3, -back.low_mm3))
    assert there.holds(18.0) is back.holds(-18.0)


def test_nothing_in_both_scans_is_no_change(limits):
    assert limits.noise("total", 0.0, 0.0, THIN, THICK).holds(0.0)


def test_what_the_table_does_not_cover_is_known(limits):
    assert limits.covers(THICK) and limits.covers(Protocol(0.4, math.nan))
    assert not limits.covers(Protocol(8.0, 5.0)) and not limits.covers(Protocol(1.0, 60.0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mm3", [0.5, 5.0, 50.0, 500.0])
def test_the_committed_table_has_limits_for_every_scan(kind, mm3):
    table: Limits = load_limits()
    assert {"seeds", "model", "made_by"} <= set(table.record)
    thin, thick = (table.noise(kind, mm3, mm3, protocol, protocol) for protocol in (Protocol(1.0, 10.0), THICK))
    assert 0 < thin.high_mm3 <= thick.high_mm3 * 1.5
    assert thin.holds(0.0) and thick.holds(0.0)
