"""What the files of a scan are: quickly by their sizes and times, surely by their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from icac.ct.read import image_kind, shortened
from icac.ct.sidecar import sidecar_of
from icac.errors import InputError
from icac.files import walk

_BLOCK = 1 << 20

#: Bytes of each file that are compared of scans whose files have the same sizes, to find copies.
_SAMPLE = 1 << 12


@dataclass(frozen=True)
class Listing:
    """The files of a scan.

    Attributes
    ----------
    root : str
        The folder, or the folder of the file.
    files : tuple of (str, int, int)
        Path relative to ``root``, size in bytes, time of last change in ns; sorted.

    """

    root: str
    files: tuple[tuple[str, int, int], ...]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(size for _, size, _ in self.files)

    @property
    def fingerprint(self) -> str:
        """Checksum of names, sizes and times: as long as it stays the same, the files need not be read to know."""
        return hashlib.sha256(repr(self.files).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def sizes(self) -> str:
        """Checksum of the sizes alone, the same for copies of a scan under other names."""
        return hashlib.sha256(repr(sorted(size for _, size, _ in self.files)).encode()).hexdigest()

    def content_sha256(self) -> str:
        """Return the checksum of the bytes of all files, whatever their names and order.

        Raises
        ------
        InputError
            A file cannot be read.

        """
        digests = sorted(_file_sha256(Path(self.root, name)) for name, _, _ in self.files)
        return digests[0].hex() if len(digests) == 1 else hashlib.sha256(b"".join(digests)).hexdigest()

    def sample_sha256(self) -> str:
        """Return the checksum of a few kilobytes from the middle of every file, whatever their names and order.

        Copies of a scan have the same; other scans very rarely do.
        """
        return hashlib.sha256(b"".join(sorted(_sample(Path(self.root, name), size) for name, size, _ in self.files))
                              ).hexdigest()


def list_files(path: str | Path) -> Listing:
    """List the files of a scan: all below a folder, or a file with those that belong to it.

    As for the reader, hidden files do not count. A DICOM file stands for its folder (without subfolders); so does an
    image whose voxels are in a file of its own (``.nhdr``, ``.mhd``). To any other image belongs the JSON file of its
    name, which tells the kernel, the tube voltage and other things that decide what is measured.

    Raises
    ------
    InputError
        There is nothing, or it cannot be read.

    """
    path = Path(path)
    try:
        return _listing(path)
    except OSError as error:
        raise InputError(f"{shortened(path)} cannot be read ({error.strerror or error}); see to its files, or take it "
                         "out.") from error


def _listing(path: Path) -> Listing:
    if path.is_dir():
        files = sorted(_below(path))
    elif path.is_file():
        alone = image_kind(path) is not None and path.suffix.lower() not in (".nhdr", ".mhd")
        there = (path, sidecar_of(path)) if alone else path.parent.iterdir()
        path, files = path.parent, sorted(_entry(p) for p in there if os.path.isfile(p))
    else:
        what = "is no file or folder" if path.exists() else "does not exist"
        raise InputError(f"{shortened(path)} {what}; correct the list of scans or bring the scan back.")
    if not files:
        raise InputError(f"The folder {path} is empty; take it out or bring its files back.")
    return Listing(str(path), tuple(files))


def _below(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the files below a folder that its reader may see; links to other folders may be all that it holds."""
    for visited in walk(folder, follow=True):
        if visited.error is not None:
            raise visited.error
        for path in (visited.path / name for name in visited.files):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), *_entry(path)[1:]


def _entry(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.name, status.st_size, status.st_mtime_ns


def _file_sha256(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    return digest.digest()


def _sample(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, (size - _SAMPLE) // 2))
            return hashlib.sha256(stream.read(_SAMPLE)).digest()
    except OSError:
        return b""
