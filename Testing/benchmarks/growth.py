"""How the time of the network grows with the volume, the tiles and the batch; one line of the table each.

    python Testing/benchmarks/growth.py MODEL
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from icac.inference import Engine, load_engine, predict_with
from icac.models import ModelPackage
from icac.network import FcnConfig
from icac.reference.position import coarse_shape

#: Outputs (z, y, x): an eighth and a half of the box around the carotids, the box, and the whole crop.
OUTPUTS = ((50, 60, 88), (50, 116, 176), (100, 116, 176), (100, 240, 240))
BOX, TILES = OUTPUTS[2], ((100, 116, 176), (50, 116, 176), (50, 60, 88), (26, 60, 88))
BATCHES, BATCH_OUTPUT = (1, 2, 4), (30, 40, 40)
GEOMETRY = FcnConfig().geometry


def best_of(action: Callable[[], object], times: int = 2) -> tuple[float, float]:
    """Return wall and CPU seconds of the fastest of some repeats after a first one."""
    action()
    results = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        results.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(results)


def line(what: str, seconds: tuple[float, float], giga: float) -> None:
    """Print one row."""
    print(f"| {what} | {giga:.0f} | {seconds[0]:.2f} | {seconds[1]:.2f} | {giga / seconds[0]:.0f} |", flush=True)


def predicted(engine: Engine, package: ModelPackage, output: tuple, tile: tuple | None = None) -> Callable[[], object]:
    """Return the prediction of a random volume as an action."""
    shape = GEOMETRY.input_shape(output)
    hu = np.random.default_rng(0).integers(-1000, 2000, shape).astype(np.int16)
    position = np.zeros((engine.config.inputs - 1, *coarse_shape(shape)), np.float32)
    return lambda: predict_with(engine, hu, package.spec.intensity, tile=tile or GEOMETRY.output_shape(shape),
                                position=position if engine.config.position else None)


def batches(package: ModelPackage) -> None:
    """Run PyTorch on several windows at once."""
    import torch

    network = package.load_network()
    shape = GEOMETRY.input_shape(BATCH_OUTPUT)
    for batch in BATCHES:
        x = torch.zeros(batch, package.spec.architecture.inputs, *shape).contiguous(
            memory_format=torch.channels_last_3d)
        with torch.inference_mode():
            seconds = best_of(lambda x=x: network(x))
        giga = 2e-9 * batch * package.spec.architecture.macs(shape)
        line(f"batch of {batch} (PyTorch, window {'x'.join(map(str, BATCH_OUTPUT[::-1]))})", seconds, giga)


def main() -> None:
    """Print the rows."""
    package = ModelPackage.load(sys.argv[1])
    config = package.spec.architecture
    engine = load_engine(package, "auto", "cpu")
    print("| what | GFLOP | wall s | CPU s | GFLOP/s |\n|---|---|---|---|---|")
    for output in OUTPUTS:
        giga = 2e-9 * config.macs(GEOMETRY.input_shape(output))
        name = f"volume {'x'.join(map(str, output[::-1]))} in one pass"
        line(name, best_of(predicted(engine, package, output)), giga)
        engine.release()
    for tile in TILES:
        counts = [-(-n // t) for n, t in zip(BOX, tile, strict=True)]
        giga = 2e-9 * int(np.prod(counts)) * config.macs(GEOMETRY.input_shape(tile))
        line(f"box in {np.prod(counts)} tiles", best_of(predicted(engine, package, BOX, tile)), giga)
        engine.release()
    batches(package)


if __name__ == "__main__":
    main()
