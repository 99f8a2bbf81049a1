"""Rigid registration of head CT to the reference head."""

from icac.registration.result import Registration
from icac.registration.rigid import register

__all__ = ["Registration", "register"]
