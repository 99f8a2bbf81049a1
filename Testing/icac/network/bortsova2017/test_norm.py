import pytest
import torch
from icac.network.bortsova2017.norm import BatchNorm

SHAPES = [(1, 8, 6, 10, 12), (2, 16, 4, 6, 5), (1, 24, 5, 6, 7), (2, 1, 5, 6, 7), (1, 2, 7, 7, 7), (1, 32, 3, 5, 7)]


def both(channels, training):
    torch.manual_seed(channels)
    norms = BatchNorm(channels, momentum=0.05), torch.nn.BatchNorm3d(channels, momentum=0.05)
    torch.nn.init.normal_(norms[0].weight, 1)
    torch.nn.init.normal_(norms[0].bias)
    torch.nn.init.uniform_(norms[0].running_var, 0.5, 2)
    torch.nn.init.normal_(norms[0].running_mean)
    norms[1].load_state_dict(norms[0].state_dict())
    return [norm.train(training) for norm in norms]


def passed_through(norm, x, slope):
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    y = norm(x)
    torch.relu_(y).backward(slope)
    return [value.float() for value in (y.detach(), x.grad, norm.weight.grad, norm.bias.grad, norm.running_mean,
                                        norm.running_var, norm.num_batches_tracked)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_is_what_torch_computes(shape, training, dtype):
    x = (3 * torch.randn(shape) + 2).to(dtype).contiguous(memory_format=torch.channels_last_3d)
    slope = torch.randn(shape).to(dtype)
    ours, torchs = both(shape[1], training)
    precision = {"rtol": 1e-4, "atol": 1e-4} if dtype == torch.float32 else {"rtol": 0.02, "atol": 0.06}
    mine = passed_through(ours, x, slope)
    exact = passed_through(torchs, x.float(), slope.float() * (mine[0] > 0))
    for found, expected in zip(mine[1:], exact[1:], strict=True):
        torch.testing.assert_close(found, expected, **precision)


def test_statistics_of_bfloat16_are_not_rounded_to_it():
    x = (torch.randn(1, 8, 8, 8, 8) + 100).to(torch.bfloat16).contiguous(memory_format=torch.channels_last_3d)
    norm = BatchNorm(8, momentum=1.0).train()
    norm(x)
    torch.testing.assert_close(norm.running_mean, x.float().mean((0, 2, 3, 4)), rtol=1e-6, atol=1e-4)
    torch.testing.assert_close(norm.running_var, x.float().var((0, 2, 3, 4)), rtol=1e-4, atol=1e-4)


def test_other_layouts_are_left_to_torch():
    x = torch.randn(2, 8, 3, 5, 7)
    ours, torchs = both(8, True)
    torch.testing.assert_close(ours(x), torchs(x), rtol=0, atol=0)
