"""Batch normalisation as torch has it, faster on processors where a feature map has few channels.

On a processor torch normalises the channels of one voxel at a time, and its vector units stay empty with the 8
channels of this network. Voxels follow each other in memory, so several of them can be taken together for one voxel
with as many times the channels: the statistics of those are combined, all numbers stay the same to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from icac.network.interface.network import is_traced

#: Channels that fill the vector units and hide the overhead of a row.
_ROW = 64

#: Numbers of which the vector units hold many; double precision is slower by rows.
_DTYPES = (torch.float32, torch.bfloat16)


class BatchNorm(nn.BatchNorm3d):
    """`torch.nn.BatchNorm3d` of feature maps (n, c, z, y, x); the same parameters, buffers and results."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``x``; in training by its own statistics, which also move the running ones."""
        grouped = _voxels_of_row(x)
        if grouped < 2:
            return super().forward(x)
        mean, variance = self.running_mean, self.running_var
        assert mean is not None and variance is not None  # torch's own default, which the network keeps
        if self.training:
            count = x.numel() // x.shape[1]
            mean, variance = _statistics(_rows(x.detach(), grouped), grouped)
            self._move_running(mean, variance * (count / (count - 1)))
        return _Normalise.apply(x, self.weight, self.bias, mean, variance, self.eps, self.training, grouped)

    @torch.no_grad()
    def _move_running(self, mean: Tensor, variance: Tensor) -> None:
        assert self.num_batches_tracked is not None and self.running_mean is not None and self.running_var is not None
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class _Normalise(torch.autograd.Function):
    """Normalisation by given statistics, and its gradient where these are those of the input itself, or not."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, eps: float,
                own: bool, grouped: int) -> Tensor:
        """Return ``weight * (x - mean) / sqrt(variance + eps) + bias``."""
        inverse = torch.rsqrt(variance + eps)
        ctx.save_for_backward(x, weight, mean, inverse)
        ctx.own, ctx.grouped = own, grouped
        scale = weight * inverse
        return _affine(x, scale, bias - scale * mean, grouped)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of input, weight and bias (Ioffe and Szegedy 2015, section 3)."""
        x, weight, mean, inverse = ctx.saved_tensors
        grouped = ctx.grouped
        slope = gradients[0].contiguous(memory_format=torch.channels_last_3d)
        of_weight, of_bias = _sums(_rows(slope, grouped), _rows(x, grouped), mean, inverse, grouped)
        scale, count = weight * inverse, x.numel() // x.shape[1]
        tilt = -scale * inverse * of_weight / count if ctx.own else torch.zeros_like(scale)
        shift = -scale * of_bias / count - tilt * mean if ctx.own else torch.zeros_like(scale)
        of_input = _affine(slope, scale, shift, grouped)
        if ctx.own:
            of_input += _affine(x, tilt, torch.zeros_like(tilt), grouped)
        return of_input, of_weight, of_bias, None, None, None, None, None


def _voxels_of_row(x: Tensor) -> int:
    """Return how many voxels of ``x`` make a row; 1 where the fast way does not fit."""
    channels = x.shape[1]
    if x.device.type != "cpu" or x.dtype not in _DTYPES or not x.is_contiguous(memory_format=torch.channels_last_3d):
        return 1
    if is_traced():  # the other library knows the usual way only
        return 1
    voxels, grouped = x.numel() // channels, _ROW // channels
    while grouped > 1 and voxels % grouped:
        grouped -= 1
    return grouped


def _rows(x: Tensor, grouped: int) -> Tensor:
    """Show (n, c, z, y, x) as (1, grouped * c, 1, rows) without copying."""
    return x.permute(0, 2, 3, 4, 1).reshape(1, 1, -1, grouped * x.shape[1]).permute(0, 3, 1, 2)


def _statistics(rows: Tensor, grouped: int) -> tuple[Tensor, Tensor]:
    """Return mean and variance of every channel."""
    exact = torch.float32 if rows.dtype == torch.bfloat16 else rows.dtype
    unused = rows.new_zeros(rows.shape[1], dtype=exact)  # without it, torch rounds the results to bfloat16
    found = torch.batch_norm_update_stats(rows, unused, unused.clone(), 0.0)
    means, variances = (values.view(grouped, -1) for values in found)
    mean = means.mean(0)
    return mean, (variances + (means - mean) ** 2).mean(0)


def _affine(x: Tensor, scale: Tensor, shift: Tensor, grouped: int) -> Tensor:
    """Return ``scale * x + shift`` by channel: normalisation by the mean 0 and the variance 1."""
    out, zero, one = torch.empty_like(x), torch.zeros_like(scale), torch.ones_like(scale)
    scale, shift, zero, one = (values.repeat(grouped) for values in (scale, shift, zero, one))
    unused = scale.new_empty(0), scale.new_empty(0)
    torch.native_batch_norm(_rows(x, grouped), scale, shift, zero, one, False, 0.0, 0.0,
                            out=(_rows(out, grouped), *unused))
    return out


def _sums(slope: Tensor, rows: Tensor, mean: Tensor, inverse: Tensor, grouped: int) -> tuple[Tensor, Tensor]:
    """Return the gradients of weight and bias: the slopes summed with the normalised values, and alone."""
    mean, inverse = mean.repeat(grouped), inverse.repeat(grouped)
    _, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
        slope, rows, None, None, None, mean, inverse, True, 0.0, [False, True, True])
    return of_weight.view(grouped, -1).sum(0), of_bias.view(grouped, -1).sum(0)
