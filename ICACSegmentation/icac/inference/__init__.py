"""Running the network: choosing device and engine, predicting, and bringing the result to the scan."""

from icac.inference.device import Device, choose_device
from icac.inference.engine import Engine, load_engine, shared_engine
from icac.inference.predict import predict, predict_outputs, predict_with
from icac.inference.resample import to_scan_grid
from icac.network import input_shape, margins, output_shape

__all__ = ["Device", "Engine", "choose_device", "input_shape", "load_engine", "margins", "output_shape", "predict",
           "predict_outputs", "predict_with", "shared_engine", "to_scan_grid"]
