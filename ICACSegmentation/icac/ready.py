"""All of a run that does not depend on the scan: the model in its engine, and what the network computes.

It takes a second, and needs few of the libraries that a run needs: so it can begin first of all.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

# All packages of this library that the thread needs are loaded before it begins: two threads that load a package and a
# module of it at once can wait for each other.
import icac.files  # noqa: F401
from icac.inference import Engine, shared_engine
from icac.models import ModelPackage, find_model
from icac.network_region import plan_region
from icac.settings import Settings


class Ready(NamedTuple):
    """A model that can be run at once."""

    package: ModelPackage
    engine: Engine


def begin(settings: Settings) -> Future[Ready]:
    """Get ready in a thread of its own, while more is imported and the scan is read, checked and aligned."""
    beside = ThreadPoolExecutor(1)
    ready = beside.submit(get_ready, settings)
    beside.shutdown(wait=False)
    return ready


def get_ready(settings: Settings, package: ModelPackage | None = None) -> Ready:
    """Load a model, that of the settings if none is given, and all that does not depend on the scan.

    Raises
    ------
    ModelError, DeviceError

    """
    package = package or find_model(settings.model or None)
    engine = shared_engine(package, settings.engine, settings.device, settings.precision)
    plan = plan_region("crop" if settings.region == "crop" else "carotid", engine.config)
    engine.prepare(plan.parts, coarse_position=plan.position is not None)
    return Ready(package, engine)
