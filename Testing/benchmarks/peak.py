"""The machine's rate of 32-bit arithmetic, GFLOP/s: the best of a matrix product and a wide convolution."""

from __future__ import annotations

import time

import numpy as np


def matrix_rate(size: int = 3072) -> float:
    """Return the rate of numpy's matrix product."""
    a = np.ones((size, size), np.float32)
    return _best(lambda: a @ a, 2 * size**3)


def convolution_rate(features: int = 64, size: int = 48) -> float:
    """Return the rate of a 3 x 3 x 3 convolution of OpenVINO; 0 if it is not installed."""
    try:
        import openvino
        from openvino import opset13
    except ImportError:
        return 0.0
    x = opset13.parameter([1, features, size, size, size], np.float32)
    weight = opset13.constant(np.ones((features, features, 3, 3, 3), np.float32))
    graph = openvino.Model([opset13.convolution(x, weight, [1] * 3, [1] * 3, [1] * 3, [1] * 3)], [x], "peak")
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    ones = np.ones((1, features, size, size, size), np.float32)
    return _best(lambda: compiled([ones], share_inputs=True), 2 * 27 * features**2 * size**3)


def _best(action: object, operations: int, times: int = 12) -> float:
    action()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return operations / min(seconds) / 1e9


if __name__ == "__main__":
    print(max(matrix_rate(), convolution_rate()))
