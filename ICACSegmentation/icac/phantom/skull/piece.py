"""A piece of bone: a solid with its kind of bone."""

from __future__ import annotations

from typing import NamedTuple

from icac.phantom.description.shapes import Solid

#: Kinds of bone, by their compact shell and what it encloses.
ORDINARY, SPONGY, PETROUS, CALVARIA = TISSUES = ("ordinary", "spongy", "petrous", "calvaria")


class Piece(NamedTuple):
    """A solid, how smoothly it joins the others (mm), and its kind of bone."""

    solid: Solid
    blend: float = 1.5
    kind: str = ORDINARY
