"""Running the network: choosing device and engine, predicting, and bringing the result to the scan."""

from icac.inference.device import Device, choose_device
from icac.inference.engine import Engine
from icac.inference.load import forget_shared_engine, load_engine, shared_engine
from icac.inference.predict import predict, predict_outputs, predict_with
from icac.inference.resample import to_scan_grid

__all__ = ["Device", "Engine", "choose_device", "forget_shared_engine", "load_engine", "predict", "predict_outputs",
           "predict_with", "shared_engine", "to_scan_grid"]
