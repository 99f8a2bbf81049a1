"""Model packages: what a trained network is, where its packages lie, and how they are read, checked and shared."""

from icac.models.package import ModelPackage, save_gate, save_package
from icac.models.spec import SIMULATED_NOTICE, IntensityScaling, ModelSpec, WeightsRecord
from icac.models.store import (
    InstalledModel,
    available,
    default_model,
    export_model,
    find_model,
    import_model,
    user_folder,
)

__all__ = ["SIMULATED_NOTICE", "InstalledModel", "IntensityScaling", "ModelPackage", "ModelSpec", "WeightsRecord",
           "available", "default_model", "export_model", "find_model", "import_model", "save_gate", "save_package",
           "user_folder"]
