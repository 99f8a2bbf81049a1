"""Running the network: choosing the device, predicting whole or in tiles, and bringing the result to the scan."""

from icac.inference.device import Device, choose_device
from icac.inference.predict import predict
from icac.inference.resample import to_scan_grid
from icac.network import input_shape, margins, output_shape

__all__ = ["Device", "choose_device", "input_shape", "margins", "output_shape", "predict", "to_scan_grid"]
