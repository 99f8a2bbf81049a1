"""OpenVINO without its telemetry; the only place that imports it.

``import openvino`` sends an event to Google Analytics, from a process of its own and with an identity that it keeps in
the home folder. Software for patients' data sends nothing to anybody. Where the package that sends is missing,
OpenVINO puts a stand-in in its place that does nothing, and here it is always missing.
"""

import sys
from typing import Any

modules: dict[str, Any] = sys.modules
modules["openvino_telemetry"] = None  # what Python has for a module that cannot be imported

import openvino  # noqa: E402 - only now
from openvino import Node, opset13, properties  # noqa: E402

__all__ = ["Node", "openvino", "opset13", "properties"]
