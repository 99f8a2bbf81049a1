"""Damage to the fields of a NIfTI header (nifti1.h): sizes, types, scales and places that contradict the voxels."""

from __future__ import annotations

import gzip
import struct
from random import Random

from Testing.fuzz.damaged_bytes import damage_bytes

#: First byte, format and count of the fields that readers use.
FIELDS = {
    "sizeof_hdr": (0, "i", 1), "dim_info": (39, "b", 1), "dim": (40, "h", 8), "intent_code": (68, "h", 1),
    "datatype": (70, "h", 1), "bitpix": (72, "h", 1), "pixdim": (76, "f", 8), "vox_offset": (108, "f", 1),
    "scl_slope": (112, "f", 1), "scl_inter": (116, "f", 1), "xyzt_units": (123, "b", 1), "qform_code": (252, "h", 1),
    "sform_code": (254, "h", 1), "quatern": (256, "f", 6), "srow": (280, "f", 12), "magic": (344, "i", 1)}

_INTEGERS = (-32768, -1, 0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 32, 64, 128, 256, 348, 512, 540, 1024, 4096, 32767)
_FLOATS = (float("nan"), float("inf"), -float("inf"), 0.0, -0.0, -1.0, 1.0, 0.5, 1e-30, 1e-45, 1e9, 3e38, 352.0, 353.5,
           -352.0, 2.0**31, 2.0**63)


def damage_nifti(data: bytes, rng: Random) -> bytes:
    """Return a NIfTI file, uncompressed, with wrong fields or damaged bytes."""
    if rng.random() < 0.25:
        return damage_bytes(data, rng, 360)
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        first, kind, count = rng.choice(list(FIELDS.values()))
        value = rng.choice(_FLOATS) if kind == "f" else rng.choice(_INTEGERS)
        struct.pack_into(f"<{kind}", changed, first + rng.randrange(count) * struct.calcsize(kind),
                         max(-128, min(127, value)) if kind == "b" else value)
    if rng.random() < 0.1:
        changed[:348] = _other_byte_order(bytes(changed[:348]))
    return bytes(changed) if rng.random() < 0.85 else damage_bytes(bytes(changed), rng)


def damage_compressed_nifti(data: bytes, rng: Random) -> bytes:
    """Return a ``.nii.gz`` file whose content, or whose compressed bytes, are damaged."""
    if rng.random() < 0.3:
        return damage_bytes(data, rng)
    return gzip.compress(damage_nifti(gzip.decompress(data), rng), 1, mtime=0)


def _other_byte_order(header: bytes) -> bytes:
    """Return a header whose fields say the same in the other byte order, while the voxels stay as they are."""
    turned = bytearray(header)
    for first, kind, count in FIELDS.values():
        if kind != "b":
            struct.pack_into(f">{count}{kind}", turned, first, *struct.unpack_from(f"<{count}{kind}", header, first))
    return bytes(turned)
