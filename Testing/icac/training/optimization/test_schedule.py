import pytest
from icac.training.optimization.schedule import Point, settings_at
from icac.training.settings.config import Schedule
from icac.training.settings.read import read_config


def at(epoch: float):
    return settings_at(read_config("bortsova2017").schedule, Point(epoch, epoch / 60))


@pytest.mark.parametrize(("epoch", "rate", "momentum", "positive", "auxiliary"), [
    (0, 0.1, 0.9, 1000, 1.0), (4.9, 0.1, 0.9, 1000, 0.902), (5, 0.1, 0.9, 1, 0.9), (9.99, 0.1, 0.9, 1, 0.8002),
    (10, 0.01, 0.99, 1, 0.8), (25, 0.01, 0.99, 1, 0.5), (50, 0.01, 0.99, 1, 0.0), (59, 0.01, 0.99, 1, 0.0)])
def test_schedule_of_2017(epoch, rate, momentum, positive, auxiliary):
    settings = at(epoch)
    assert settings.learning_rate == rate
    assert settings.momentum == momentum
    assert settings.positive_weight == positive
    assert settings.auxiliary_weight == pytest.approx(auxiliary)


def test_one_cycle_climbs_then_falls_to_its_end():
    schedule = Schedule(learning_rate=0.01, warmup=0.2, learning_rate_after=0.001, auxiliary_share=0.5)
    rates = [settings_at(schedule, Point(0, share)).learning_rate for share in (0, 0.1, 0.2, 0.6, 1.0, 1.2)]
    assert rates == pytest.approx([0.0004, 0.0052, 0.01, 0.0055, 0.001, 0.001])


def test_auxiliary_weight_follows_the_run_if_no_epochs_are_given():
    schedule = Schedule(auxiliary_share=0.5)
    weights = [settings_at(schedule, Point(99, share)).auxiliary_weight for share in (0, 0.25, 0.5, 0.9)]
    assert weights == pytest.approx([1.0, 0.5, 0.0, 0.0])


def test_norms_freeze_at_the_end():
    schedule = Schedule(frozen_norm_share=0.25)
    frozen = [settings_at(schedule, Point(0, share)).frozen_norm for share in (0, 0.7, 0.76, 1)]
    assert frozen == [False, False, True, True]
    assert not settings_at(Schedule(), Point(0, 0.999)).frozen_norm


def test_positive_weight_falls_by_a_constant_factor():
    schedule = Schedule(positive_weight=100.0, positive_weight_share=0.4)
    weights = [settings_at(schedule, Point(0, share)).positive_weight for share in (0, 0.2, 0.4, 0.9)]
    assert weights == pytest.approx([100.0, 10.0, 1.0, 1.0])


def test_release_starts_balanced_and_ends_calibrated():
    schedule = read_config("release").schedule
    assert settings_at(schedule, Point(0, 0)).positive_weight == 20
    # Probabilities mean something only if the end of the run weighs ICAC as it occurs.
    assert settings_at(schedule, Point(0, 0.6)).positive_weight == 1
