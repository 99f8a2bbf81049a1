"""Rigid registration of head CT to the reference head."""

from icac.registration.result import Registration
from icac.registration.rigid import prepare_registration, register

__all__ = ["Registration", "prepare_registration", "register"]
