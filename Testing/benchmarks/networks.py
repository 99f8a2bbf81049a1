"""One network over one volume, in a process of its own: what ``run.py`` compares.

    python Testing/benchmarks/networks.py KIND EXTENT VOLUME.npz MODEL

Prints the seconds of the pass itself, without imports and loading. The volume is the CT on the network's grid with the
margins a valid network needs; networks that pad by themselves get the part without margins.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from icac.models import ModelPackage
from icac.network import FcnConfig
from icac.network_region import analysed_frame, plan_region, with_margins
from icac.reference import load_reference
from icac.reference.position import reference_positions

#: Window of MONAI's sliding windows and patch of nnU-Net's own plan for 240 x 240 x 100 voxels of 0.5 mm, (z, y, x).
WINDOW, PATCH = (96, 96, 96), (80, 192, 160)
#: Output of the paper's tile of 178 x 178 x 98, on the stride grid, and half of it.
TILE, HALF = (62, 92, 92), (30, 44, 44)
GEOMETRY = FcnConfig().geometry


class Volume:
    """The CT on an extent (``carotid`` or ``crop``), cut from that of the whole crop."""

    def __init__(self, path: Path, extent: str) -> None:
        self.extent, self.frame = extent, analysed_frame(extent, load_reference().courses, GEOMETRY)[0]
        self.wide_frame = with_margins(self.frame, GEOMETRY)
        stored = np.load(path)
        whole = with_margins(analysed_frame("crop", load_reference().courses, GEOMETRY)[0], GEOMETRY)
        start = np.rint(whole.to_index(self.wide_frame.origin)).astype(int)[::-1]
        self.wide = stored["hu"][tuple(slice(s, s + n) for s, n in zip(start, self.wide_frame.shape, strict=True))]

    @property
    def inner(self) -> np.ndarray:
        """The part without margins."""
        return self.wide[tuple(slice(before, before + n)
                               for n, before in zip(self.frame.shape, GEOMETRY.offset, strict=True))]


def icac(volume: Volume, package: ModelPackage, engine: str = "auto") -> float:
    """Run the network as the pipeline does."""
    from icac.inference import load_engine, predict_with

    loaded = load_engine(package, engine, "cpu")
    start = time.perf_counter()
    plan = plan_region(volume.extent, loaded.config)
    predict_with(loaded, volume.wide, package.spec.intensity, parts=plan.parts, position=plan.position)
    return time.perf_counter() - start


def icac_torch(volume: Volume, package: ModelPackage) -> float:
    """Run the network as the pipeline does without OpenVINO."""
    return icac(volume, package, "torch")


def _channels(volume: Volume, package: ModelPackage) -> np.ndarray:
    scaled = package.spec.intensity.apply(volume.wide)[None]
    if not package.spec.architecture.position:
        return scaled
    return np.concatenate([scaled, reference_positions(volume.wide_frame)])


def naive(volume: Volume, package: ModelPackage) -> float:
    """Run the same network as it was trained: eager, contiguous, nothing folded, tiles with half overlap."""
    import torch
    from icac.inference.tiling import plan

    network = package.load_network("cpu", fold=False)
    start = time.perf_counter()
    channels = torch.from_numpy(_channels(volume, package))[None]
    shape = GEOMETRY.output_shape(volume.wide.shape)
    total, count = torch.zeros(shape), torch.zeros(shape)
    with torch.no_grad():
        for tile in plan(shape, TILE, GEOMETRY.grid, HALF):
            total[tile.output] += torch.sigmoid(network(channels[(..., *tile.input(GEOMETRY))].contiguous())[0, 0])
            count[tile.output] += 1
    total /= count
    return time.perf_counter() - start


def _one_pass(volume: Volume, package: ModelPackage, fold: bool, layout: str) -> float:
    """Run the same network over everything at once, in eager PyTorch with its own allocator."""
    import torch

    network = package.load_network("cpu", fold=fold).to(memory_format=getattr(torch, layout))
    start = time.perf_counter()
    with torch.inference_mode():
        channels = torch.from_numpy(_channels(volume, package))[None].contiguous(memory_format=getattr(torch, layout))
        torch.sigmoid(network(channels))
    return time.perf_counter() - start


def one_pass(volume: Volume, package: ModelPackage) -> float:
    """Run the naive network without tiles."""
    return _one_pass(volume, package, fold=False, layout="contiguous_format")


def folded(volume: Volume, package: ModelPackage) -> float:
    """The same, rewritten as :mod:`icac.network.bortsova2017.fold` does."""
    return _one_pass(volume, package, fold=True, layout="contiguous_format")


def channels_last(volume: Volume, package: ModelPackage) -> float:
    """The same, with channels last in memory."""
    return _one_pass(volume, package, fold=True, layout="channels_last_3d")


def monai_same(volume: Volume, package: ModelPackage) -> float:
    """Run the same network by MONAI's sliding windows, each padded to the input that gives its size."""
    import torch
    from monai.inferers import sliding_window_inference

    network = package.load_network("cpu", fold=False)
    padding = [n for pair in reversed(GEOMETRY.margins(WINDOW)) for n in pair]

    def padded(window: torch.Tensor) -> torch.Tensor:
        return network(torch.nn.functional.pad(window, padding))[..., :WINDOW[0], :WINDOW[1], :WINDOW[2]]

    before = [b for b, _ in GEOMETRY.margins(volume.frame.shape)]
    start = time.perf_counter()
    inner = tuple(slice(b, b + n) for b, n in zip(before, volume.frame.shape, strict=True))
    channels = torch.from_numpy(_channels(volume, package)[(slice(None), *inner)])[None]
    with torch.no_grad():
        sliding_window_inference(channels, WINDOW, 1, padded, overlap=0.25, mode="gaussian")
    return time.perf_counter() - start


def monai_unet(volume: Volume, package: ModelPackage) -> float:
    """Run MONAI's light UNet (4.8 million parameters, half resolution from its first layer) by its sliding windows."""
    import torch
    from monai.inferers import sliding_window_inference
    from monai.networks.nets import UNet

    network = UNet(3, 1, 1, (16, 32, 64, 128, 256), (2, 2, 2, 2), num_res_units=2).eval()
    start = time.perf_counter()
    with torch.no_grad():
        x = torch.from_numpy(package.spec.intensity.apply(volume.inner))[None, None]
        sliding_window_inference(x, WINDOW, 1, network, overlap=0.25, mode="gaussian")
    return time.perf_counter() - start


def nnunet(volume: Volume, package: ModelPackage) -> float:
    """Run nnU-Net's default network by its own predictor: half overlap, gaussian, no mirroring (8 times faster)."""
    from types import SimpleNamespace

    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    network = PlainConvUNet(
        1, 6, (32, 64, 128, 256, 320, 320), torch.nn.Conv3d, 3, (1, 2, 2, 2, (2, 2, 2), (1, 2, 2)), 2, 2, 2,
        conv_bias=True, norm_op=torch.nn.InstanceNorm3d, norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=torch.nn.LeakyReLU, nonlin_kwargs={"inplace": True}).eval()
    predictor = nnUNetPredictor(tile_step_size=0.5, use_gaussian=True, use_mirroring=False,
                                perform_everything_on_device=False, device=torch.device("cpu"), allow_tqdm=False)
    predictor.network, predictor.allowed_mirroring_axes = network, None
    predictor.configuration_manager = SimpleNamespace(patch_size=PATCH)
    predictor.label_manager = SimpleNamespace(num_segmentation_heads=2)
    start = time.perf_counter()
    predictor.predict_sliding_window_return_logits(torch.from_numpy(package.spec.intensity.apply(volume.inner))[None])
    return time.perf_counter() - start


KINDS = {one.__name__: one for one in (icac, icac_torch, naive, one_pass, folded, channels_last, monai_same, monai_unet,
                                       nnunet)}


def main() -> None:
    """Run one network over one extent."""
    kind, extent, path, model = sys.argv[1:]
    print(KINDS[kind](Volume(Path(path), extent), ModelPackage.load(model)))


if __name__ == "__main__":
    main()
