"""How long one step of training takes, now and in another checkout.

    python Testing/benchmarks/training_step.py [--before CHECKOUT] [--precision bf16-mixed] [--steps 6] [--repeats 3]

A step of the preset ``release`` (one patch of 92 x 92 x 64 voxels, forward, loss, backward, optimizer, average of the
weights) on one thread, on random numbers, which cost the same; once with and once without the auxiliary heads. The
checkouts take turns; processor time is the fairer number where the machine is not quiet. The losses must be the same
within the noise of the precision. GFLOP/s stand beside the machine's peak (``peak.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from processes import REPOSITORY, run  # noqa: E402


def _loss() -> Any:
    """Return the loss of cross-entropy and half of the overlap, as this or an earlier checkout makes it."""
    from icac.training.optimization.losses import SegmentationLoss

    try:
        from icac.training.settings.config import Loss

        return SegmentationLoss(Loss(cross_entropy=1.0, dice=0.5), 50.0)
    except (ImportError, TypeError):
        return SegmentationLoss(1.0, 0.5, 50.0)


class Steps:
    """Training steps on one batch, as :mod:`icac.training.engine.loop` does them.

    Parameters
    ----------
    precision : str
    auxiliary : bool

    """

    def __init__(self, precision: str, auxiliary: bool) -> None:
        import torch
        from icac.inference.allocator import keep_freed_memory
        from icac.network import FCN, FcnConfig
        from icac.training.optimization.ema import WeightAverage
        from icac.training.optimization.optimizer import make_optimizer
        from icac.training.settings.read import read_config
        from lightning.fabric import Fabric

        keep_freed_memory()
        torch.set_num_threads(1)
        torch.manual_seed(1)
        self.config = read_config("release", {"precision": precision})
        self.fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
        self.fabric.launch()
        network = FCN(FcnConfig.from_dict({"artery": True, **self.config.network}))
        self.network = network.to(memory_format=torch.channels_last_3d).pad(True).train()
        self.wrapped, self.optimizer = self.fabric.setup(self.network, make_optimizer(self.network, self.config))
        self.average, self.loss = WeightAverage(self.network, 0.998), _loss()
        self.auxiliary = auxiliary
        size = self.config.sampling.output_size[::-1]
        self.patch = torch.randn(1, 6, *size).contiguous(memory_format=torch.channels_last_3d)
        dense, artery = torch.zeros(2, 1, 1, *size, dtype=torch.bool)
        dense[..., 20:44, 30:62, 30:62] = torch.rand(1, 1, 24, 32, 32) > 0.5
        artery[..., 10:54, 20:72, 20:72] = True
        self.masks = dense, artery
        self.truths = dense & (torch.rand(1, 1, *size) > 0.8), artery & (torch.rand(1, 1, *size) > 0.9)

    def one(self) -> float:
        """Do a step and return its loss."""
        out = self.wrapped(self.patch, auxiliary=self.auxiliary)
        logits, heads = out if self.auxiliary else (out, [])
        loss = self.loss(logits[:, :1], heads, self.truths[0], self.masks[0], positive_weight=2.0,
                         auxiliary_weight=float(self.auxiliary))
        loss = loss + 0.3 * self.loss.of_artery(logits[:, 1:], self.truths[1], self.masks[1])
        value = float(loss.detach())
        self.optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        self.fabric.clip_gradients(self.wrapped, self.optimizer, max_norm=1.0)
        self.optimizer.step()
        self.average.update(self.network)
        return value


def child(precision: str, auxiliary: bool, steps: int) -> None:
    """Print the processor seconds of each step, its operations and the losses, as JSON."""
    from torch.utils.flop_counter import FlopCounterMode

    made = Steps(precision, auxiliary)
    with FlopCounterMode(display=False) as counter:
        losses = [made.one()]
    losses.append(made.one())
    seconds = []
    for _ in range(steps):
        began = time.process_time()
        losses.append(made.one())
        seconds.append(time.process_time() - began)
    print("\n" + json.dumps({"seconds": median(seconds), "gflop": counter.get_total_flops() / 1e9, "losses": losses}))


def main() -> None:
    """Run the checkouts in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--precision", default="bf16-mixed")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--auxiliary", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.precision, options.auxiliary, options.steps)
        return
    checkouts = ({"before": options.before.resolve()} if options.before else {}) | {"now": REPOSITORY}
    found = defaultdict(list)
    for _ in range(options.repeats):
        for heads in (False, True):
            for name, checkout in checkouts.items():
                command = [__file__, "--child", "--precision", options.precision, "--steps", str(options.steps)]
                output = run([*command, *["--auxiliary"] * heads], 1, checkout).output
                found[name, heads].append(json.loads(output.splitlines()[-1]))
    print("| checkout | heads | CPU s a step | GFLOP/s of one thread | patches a second and core | losses |")
    print("|---" * 6 + "|")
    for (name, heads), rows in found.items():
        seconds = median(row["seconds"] for row in rows)
        losses = ", ".join(f"{value:.4f}" for value in rows[-1]["losses"])
        print(f"| {name} | {'yes' if heads else 'no'} | {seconds:.3f} | {rows[0]['gflop'] / seconds:.0f} | "
              f"{1 / seconds:.2f} | {losses} |")


if __name__ == "__main__":
    main()
