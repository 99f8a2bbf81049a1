"""The choices that make one network out of a kind, as fields of a dataclass: written, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, TypeVar

from icac.network.interface.architecture import SUPERVISIONS, Architecture

Chosen = TypeVar("Chosen", bound="ChosenArchitecture")

#: Marks, in the metadata of a field, a choice that came after packages of its kind were made: it is written only where
#: it is not the usual one, so that what does without it is read by earlier versions too.
LATER = {"later": True}

#: More features than this at full resolution are a mistake.
WIDEST = 128


class ChosenArchitecture(Architecture):
    """An architecture that is a frozen dataclass of plain choices."""

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the choices as plain JSON values."""
        return {"kind": self.kind, **{field.name: getattr(self, field.name) for field in _fields(self)
                                      if not (field.metadata.get("later") and _is_usual(self, field))}}

    @classmethod
    def from_dict(cls: type[Chosen], values: dict[str, Any]) -> Chosen:
        """Make an architecture from plain values; see :meth:`Architecture.from_dict`."""
        values = dict(values)
        if (kind := values.pop("kind", cls.kind)) != cls.kind:
            raise ValueError(f"This is a network of the kind {cls.kind!r}, not {kind!r}.")
        unknown = sorted(set(values) - {field.name for field in _fields(cls)})
        if unknown:
            raise ValueError(f"A network has no choice called '{unknown[0]}'.")
        return cls(**values)


def _fields(owner: Any) -> tuple[Field[Any], ...]:
    return fields(owner)


def _is_usual(owner: object, field: Field[Any]) -> bool:
    return bool(getattr(owner, field.name) == field.default)


def check_flags(choices: object, *names: str) -> None:
    """Raise ValueError unless the choices of these names are true or false."""
    for name in names:
        if type(getattr(choices, name)) is not bool:
            raise ValueError(f"'{name}' of a network must be true or false, not {getattr(choices, name)!r}.")


def check_one_of(choices: object, name: str, allowed: Sequence[str]) -> None:
    """Raise ValueError unless a choice is one of the words ``allowed``."""
    if getattr(choices, name) not in allowed:
        raise ValueError(f"'{name}' of a network must be one of {', '.join(allowed)}, not {getattr(choices, name)!r}.")


def check_width(width: object, widest: int = WIDEST) -> None:
    """Raise ValueError unless ``width`` is a whole number of features from 1 to ``widest``."""
    if type(width) is not int or not 1 <= width <= widest:
        raise ValueError(f"The width of a network must be a whole number from 1 to {widest}, not {str(width)[:20]}.")


def check_dropout(choices: Any) -> None:
    """Raise ValueError unless ``dropout`` is a probability below 1."""
    if type(choices.dropout) not in (int, float) or not 0 <= choices.dropout < 1:
        raise ValueError("'dropout' of this network must be a probability from 0 to below 1, not "
                         f"{str(choices.dropout)[:20]}.")


def check_channels(choices: object) -> None:
    """Raise ValueError unless ``position``, ``artery`` and ``supervision`` are as every kind has them."""
    check_flags(choices, "position", "artery")
    check_one_of(choices, "supervision", SUPERVISIONS)
