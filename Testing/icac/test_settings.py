"""Choices of a user: refused where they cannot be, and the same through the command line and back."""

from __future__ import annotations

import argparse
from dataclasses import fields

import pytest
from icac.cli.options import add_assumption, add_series, add_settings, settings_arguments, settings_of
from icac.errors import DeviceError, InputError
from icac.settings import USUAL, Settings

OTHERS = Settings(model="mine", device="cpu", engine="torch", series="4", threshold=0.25, lesion_threshold=0.75,
                  region="crop", min_volume_mm3=2.5, harmonise="off", assume="ras", scores="mine.json",
                  prefer="soft kernel", precision="bf16", poses=3)


def parsed(settings: Settings) -> Settings:
    parser = argparse.ArgumentParser()
    add_series(parser)
    add_settings(parser)
    add_assumption(parser)
    return settings_of(parser.parse_args(settings_arguments(settings)))


@pytest.mark.parametrize("settings", [USUAL, OTHERS])
def test_the_command_line_carries_every_setting(settings: Settings) -> None:
    assert parsed(settings) == settings


def test_the_example_above_changes_every_setting() -> None:
    assert all(getattr(OTHERS, field.name) != getattr(USUAL, field.name) for field in fields(Settings))


@pytest.mark.parametrize(("wrong", "error", "words"), [
    ({"device": "abacus"}, DeviceError, "no device called 'abacus': choose one of auto, cpu, cuda, mps"),
    ({"engine": "steam"}, DeviceError, "no engine called 'steam'"),
    ({"precision": "half"}, DeviceError, "no precision called 'half': choose one of auto, float32, bf16"),
    ({"region": "brain"}, InputError, "one of auto, carotid, crop, not 'brain'"),
    ({"threshold": 1.0}, InputError, "The threshold is a probability between 0 and 1, not 1.0"),
    ({"lesion_threshold": float("nan")}, InputError, "The lesion threshold is a probability"),
    ({"poses": 0}, InputError, "The number of poses is from 1 to 8, not 0."),
    ({"assume": "rai"}, InputError, "assumed to be lps or ras, not 'rai'"),
    ({"min_volume_mm3": -1.0}, InputError, "0 mm3 or more, not -1.0")])
def test_what_cannot_be_is_said_in_a_sentence(wrong: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        Settings(**wrong)
