"""Damage to files and folders as a whole: gone, empty, links that lead nowhere, pipes, doubles, foreign neighbours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random


def damage_place(path: Path, rng: Random) -> None:
    """Damage the place of a file: what is there is no file of this kind any more."""
    path.unlink()
    rng.choice((lambda: path.touch(), lambda: path.mkdir(), lambda: path.symlink_to("nowhere"),
                lambda: path.symlink_to(path), lambda: _pipe(path), lambda: path.write_bytes(rng.randbytes(2000)),
                lambda: None))()


def damage_folder(folder: Path, rng: Random, damage: Callable[[bytes, Random], bytes]) -> None:
    """Damage one file, some or all of a folder alike, or the folder itself."""
    if rng.random() < 0.2:
        rng.choice(_WAYS)(folder, rng)
    else:
        files = sorted(folder.iterdir())
        seed = rng.random()
        for file in rng.choice((files, rng.sample(files, len(files) // 2), [rng.choice(files)])):
            file.write_bytes(damage(file.read_bytes(), type(rng)(seed)))


def _pipe(path: Path) -> None:
    os.mkfifo(path) if hasattr(os, "mkfifo") else path.touch()


def _one(folder: Path, rng: Random) -> Path:
    return rng.choice(sorted(folder.iterdir()))


def _lose(folder: Path, rng: Random) -> None:
    for file in rng.sample(sorted(folder.iterdir()), rng.choice((1, 2, len(list(folder.iterdir())) - 1))):
        file.unlink()


def _spoil_one(folder: Path, rng: Random) -> None:
    damage_place(_one(folder, rng), rng)


def _double(folder: Path, rng: Random) -> None:
    shutil.copy(_one(folder, rng), folder / "copy.dcm")


def _add_foreign(folder: Path, rng: Random) -> None:
    name = rng.choice(("._0.dcm", "DICOMDIR", "notes.txt", "x" * 200, "é.dcm", "a\nb.dcm"))
    (folder / name).write_bytes(rng.choice((b"", b"text", bytes(128) + b"DICM", rng.randbytes(500))))


def _loop(folder: Path, rng: Random) -> None:
    (folder / "inner").symlink_to(folder, target_is_directory=True)


_WAYS = (_lose, _spoil_one, _double, _add_foreign, _loop)
