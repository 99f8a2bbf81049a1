"""Errors a user can cause or meet, each with the exit code that the command line returns for it.

The message of every error is one sentence that says what is wrong, in which file, and what to do.
"""

from __future__ import annotations


class IcacError(Exception):
    """Base of all errors that are shown to users as a single sentence, without a traceback."""

    exit_code = 1


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

#: Words of PyTorch, OpenVINO, SimpleITK and Linux for a lack of memory, which they do not raise as MemoryError.
_NO_MEMORY = ("can't alloc", "cannot allocate", "could not create a memory", "not enough memory",
              "out of memory", "failed to allocate", "unable to allocate", "bad_alloc", "bad allocation",
              "can't start new thread", "failed to map segment")


def lacks_memory(error: BaseException) -> bool:
    """Tell whether an error says that the memory does not suffice."""
    words = str(error)[:10_000].lower()
    return isinstance(error, MemoryError) or any(text in words for text in _NO_MEMORY)
