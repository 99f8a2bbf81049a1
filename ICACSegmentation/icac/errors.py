"""Errors a user can cause or meet, each with the exit code that the command line returns for it.

The message of every error is one sentence that says what is wrong, in which file, and what to do.
"""

from __future__ import annotations

from icac.text import shortened

#: What libraries say when memory is full; hardly any of them raises MemoryError.
_MEMORY_FULL = ("out of memory", "not enough memory", "can't alloc", "cannot allocate", "failed to allocate",
                "unable to allocate", "could not create a memory", "bad_alloc", "bad allocation",
                "can't start new thread", "failed to map segment")


def is_memory_full(error: BaseException) -> bool:
    """Tell whether an error of NumPy, SimpleITK, PyTorch or OpenVINO says that the memory did not suffice."""
    words = str(error)[:10_000].lower()
    return isinstance(error, MemoryError) or any(phrase in words for phrase in _MEMORY_FULL)


class IcacError(Exception):
    """Base of all errors that are shown to users as a single sentence, without a traceback.

    What it tells of a file can be as long as the file; no message is.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(shortened(str(message)))


class InputError(IcacError):
    """The input cannot be read, or is not a CT in which ICAC can be measured."""

    exit_code = 3


class RegistrationError(IcacError):
    """The head could not be aligned with the reference head."""

    exit_code = 4


class ModelError(IcacError):
    """A model package is missing, damaged or does not fit this software."""

    exit_code = 5


class DeviceError(IcacError):
    """The requested computing device is not available or ran out of memory."""

    exit_code = 6


class OutputError(IcacError):
    """Results cannot be written where the user asked."""

    exit_code = 7


#: Exit code when the user stops a run with Ctrl-C (128 + SIGINT).
INTERRUPTED_EXIT_CODE = 130
