import math

import pytest
import torch
from icac.network.interface.network import Network
from icac.training.optimization.ema import WeightAverage
from icac.training.optimization.teacher import MeanTeacher, consistency_loss, consistency_weight
from icac.training.settings.config import Unlabelled
from torch import nn

THREE_QUARTERS = math.log(3)


def test_the_consistency_and_its_gradient_are_those_of_a_hand():
    logits = torch.tensor([[0.0, THREE_QUARTERS, 8.0]], requires_grad=True)
    taught = torch.tensor([[THREE_QUARTERS, 0.0, -8.0]], requires_grad=True)
    mask = torch.tensor([[True, True, False]])
    loss = consistency_loss(logits, taught, mask)
    assert loss.item() == pytest.approx((0.25**2 + 0.25**2) / 2)
    loss.backward()
    # 2 (p - q) p (1 - p) / 2 voxels
    assert logits.grad[0].tolist() == pytest.approx([-0.25 * 0.25, 0.25 * 0.1875, 0.0])
    assert taught.grad is None, "a teacher is not taught"


def test_nothing_is_learnt_where_no_voxel_counts():
    logits = torch.ones(2, 3, requires_grad=True)
    loss = consistency_loss(logits, torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0 and not logits.grad.any()


def test_the_weight_climbs_over_the_ramp():
    settings = Unlabelled("mean_teacher", weight=4.0, ramp_share=0.5)
    assert [consistency_weight(settings, share) for share in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(
        [4 * math.exp(-5), 4 * math.exp(-1.25), 4.0, 4.0])
    assert consistency_weight(Unlabelled("mean_teacher", 2.0, 0.0), 0.0) == 2.0


class Cropping(Network):
    """Gives its input, with 2 voxels cut off before and 1 after along x, through batch normalisation."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.norm = nn.BatchNorm3d(1)
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, x, auxiliary=False):
        return self.norm(x)[..., 2:-1] * self.scale

    def pad(self, padded):
        return self

    def start_at(self, prior):
        raise NotImplementedError


def test_the_teacher_is_the_average_of_the_weights_and_its_answers_change_nothing():
    network = Cropping(1.0)
    average = WeightAverage(network, 0.9)
    teacher = MeanTeacher(Cropping(7.0), average, padded=False, shift=0)
    views = torch.randn(2, 1, 3, 4, 9)
    expected = 1.0
    for number, scale in enumerate((3.0, -2.0, 5.0), start=1):
        with torch.no_grad():
            network.scale.fill_(scale)
        network(views)  # in training mode: its running statistics move
        average.update(network)
        kept = min(0.9, (1 + number) / (10 + number))
        expected = kept * expected + (1 - kept) * scale
        before = {name: value.clone() for name, value in average.values.items()}
        found = teacher(views, torch.tensor([False, False]))
        assert teacher.network.scale.item() == pytest.approx(expected)
        assert all(torch.equal(value, average.values[name]) for name, value in before.items())
        assert torch.equal(teacher.network.norm.running_mean, average.values["norm.running_mean"])
        assert not found.requires_grad


def test_a_mirrored_view_is_put_back_where_its_voxels_lie():
    network = Cropping().eval()
    teacher = MeanTeacher(Cropping(), WeightAverage(network, 0.9), padded=False, shift=9 - 6 - 2 * 2)
    x = torch.randn(2, 1, 3, 4, 9)
    found = teacher(torch.stack([x[0], x[1].flip(-1)]), torch.tensor([False, True]))
    expected = network(x)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1][..., :-1], expected[1][..., :-1]), "the last column is not in the mirrored view"
    assert not torch.equal(found[1][..., -1], expected[1][..., -1])
