"""Headers of plain files, taken apart in one go: explicit little endian, in which nearly all CT is stored and sent.

pydicom reads whatever there is, and takes a large part of a millisecond for each of hundreds of files. What is unusual
in any way is left to it: nothing is returned then. It also makes the values of what was found here, so that they are
the same whoever took the header apart; what the slices of a series have in common is made once.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pydicom.charset import convert_encodings, default_encoding
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element
from pydicom.tag import BaseTag, Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    PrivateTransferSyntaxes,
)

#: Kinds of values whose length takes two bytes, and four (PS3.5, 7.1.2).
_SHORT = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())

#: Kinds of which pydicom has to find out more than their bytes say.
_INVOLVED = frozenset((b"SQ", b"UN"))

#: Transfer syntaxes that are stored otherwise.
_OTHERWISE = frozenset((ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian,
                        *PrivateTransferSyntaxes))

_PREFIX, _START = slice(128, 132), 132
_PIXELS, _ITEM, _END_OF_ITEM, _END_OF_ITEMS = 0x7FE00010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_TRANSFER_SYNTAX, _CHARACTER_SET = 0x00020010, 0x00080005

_element = struct.Struct("<HH2sH").unpack_from
_length = struct.Struct("<L").unpack_from
_item = struct.Struct("<HHL").unpack_from

#: Values of more bytes are no names or numbers that slices share, and are not kept.
_KEPT_BYTES = 256


class _UnusualError(ValueError):
    """The header has something that is left to pydicom."""


class _Found(NamedTuple):
    """An element: its tag and kind, and where it and its value begin and the value ends."""

    tag: int
    kind: bytes
    begin: int
    start: int
    stop: int


class PlainHeader:
    """The elements of a header that were asked for, as far as values are looked up in a ``pydicom.Dataset``.

    Attributes
    ----------
    file_meta : PlainHeader
        The file meta information; of itself, nothing.

    """

    def __init__(self, elements: Mapping[int, tuple[bytes, bytes]], encoding: tuple[str, ...] = (default_encoding,),
                 file_meta: PlainHeader | None = None) -> None:
        self._elements, self._encoding = elements, encoding
        self.file_meta = file_meta or self

    def __contains__(self, key: str | BaseTag) -> bool:
        return int(key if isinstance(key, BaseTag) else Tag(key)) in self._elements  # plain numbers compare faster

    def __getitem__(self, tag: BaseTag) -> DataElement:
        number = int(tag)
        kind, value = self._elements[number]
        made = _made if len(value) <= _KEPT_BYTES else _made.__wrapped__
        return made(number, kind, value, self._encoding)


def plain_header(start: bytes, wanted: Collection[int]) -> tuple[PlainHeader, int] | None:
    """Take a header apart.

    Parameters
    ----------
    start : bytes
        What a file begins with.
    wanted : collection of int
        Tags of the elements to be found; those of the file meta information all are.

    Returns
    -------
    tuple of PlainHeader and int, or None
        With the place where the element of the pixels begins. None if anything is unusual, or the pixels do not begin
        in ``start``.

    """
    if start[_PREFIX] != b"DICM":
        return None
    meta: dict[int, tuple[bytes, bytes]] = {}
    found: dict[int, tuple[bytes, bytes]] = {}
    try:
        for one in _elements(start, _START):
            group = one.tag >> 16
            if one.tag == _PIXELS:
                return _checked(found, meta), one.begin
            if group == 2 and not found:
                meta[one.tag] = one.kind, start[one.start:one.stop]
            elif group <= 2 or group >= _PIXELS >> 16:
                return None
            elif one.tag in wanted or one.tag == _CHARACTER_SET:
                found[one.tag] = one.kind, _plain_value(start, one)
    except (struct.error, _UnusualError, RecursionError):
        return None
    return None


def _checked(found: dict[int, tuple[bytes, bytes]], meta: dict[int, tuple[bytes, bytes]]) -> PlainHeader:
    """Return the header unless the file says that it is stored otherwise."""
    syntax = meta.get(_TRANSFER_SYNTAX, (b"UI", b""))[1].rstrip(b"\0 ").decode("latin-1")
    if not syntax or syntax in _OTHERWISE:
        raise _UnusualError
    return PlainHeader(found, _encoding(found.get(_CHARACTER_SET)), PlainHeader(meta))


def _elements(data: bytes, at: int) -> Iterator[_Found]:
    """Yield the elements from a place on, up to the end of an item; struct.error where the data end before."""
    while True:
        begin = at
        group, number, kind, length = _element(data, at)
        tag, at = group << 16 | number, at + 8
        if tag == _END_OF_ITEM:
            return
        if kind in _LONG:
            length, at = _length(data, at)[0], at + 4
        elif kind not in _SHORT:
            raise _UnusualError
        stop = at + length
        if length == _UNDEFINED and tag != _PIXELS:
            stop = _end_of_items(data, at)
        yield _Found(tag, kind, begin, at, stop)
        at = stop


def _end_of_items(data: bytes, at: int) -> int:
    """Return where a sequence of undefined length ends that begins at a place."""
    while True:
        group, number, length = _item(data, at)
        tag, at = group << 16 | number, at + 8
        if tag == _END_OF_ITEMS:
            return at
        if tag != _ITEM:
            raise _UnusualError
        at = at + length if length != _UNDEFINED else _end_of_item(data, at)


def _end_of_item(data: bytes, at: int) -> int:
    """Return where an item of undefined length ends."""
    for one in _elements(data, at):
        at = one.stop
    return at + 8


def _plain_value(data: bytes, one: _Found) -> bytes:
    if one.kind in _INVOLVED or one.stop > len(data):
        raise _UnusualError
    return data[one.start:one.stop]


def _encoding(element: tuple[bytes, bytes] | None) -> tuple[str, ...]:
    """Return the encodings of texts that a header names."""
    return _encodings(*element) if element else (default_encoding,)


@lru_cache(maxsize=64)
def _encodings(kind: bytes, value: bytes) -> tuple[str, ...]:
    named = _made.__wrapped__(_CHARACTER_SET, kind, value, (default_encoding,)).value
    return tuple(convert_encodings(named))


@lru_cache(maxsize=4096)
def _made(tag: int, kind: bytes, value: bytes, encoding: tuple[str, ...]) -> DataElement:
    """Return the element that pydicom makes of bytes."""
    raw = RawDataElement(BaseTag(tag), kind.decode(), len(value), value, 0, False, True)
    return convert_raw_data_element(raw, encoding=list(encoding))
