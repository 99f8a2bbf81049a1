import math

import pytest
import torch
from icac.training.optimization.losses import SegmentationLoss, masked_cross_entropy, soft_dice_loss

LOGITS = torch.tensor([[0.0, math.log(3.0), -math.log(4.0), 50.0]])  # probabilities 1/2, 3/4, 1/5, 1
TARGET = torch.tensor([[1, 1, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 0]])


def test_cross_entropy_is_the_mean_over_the_mask():
    expected = -(math.log(1 / 2) + math.log(3 / 4) + math.log(4 / 5)) / 3
    assert masked_cross_entropy(LOGITS, TARGET, MASK).item() == pytest.approx(expected)


def test_positive_weight_counts_icac_several_times():
    expected = -(1000 * math.log(1 / 2) + 1000 * math.log(3 / 4) + math.log(4 / 5)) / 2001
    assert masked_cross_entropy(LOGITS, TARGET, MASK, 1000.0).item() == pytest.approx(expected)


def test_cross_entropy_of_an_empty_mask_is_zero_and_has_a_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = masked_cross_entropy(logits, TARGET, torch.zeros_like(MASK))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_soft_dice_by_hand():
    dice = (2 * 1.25 + 10) / (2 + 1.45 + 10)
    assert soft_dice_loss(LOGITS, TARGET, MASK, epsilon=10.0).item() == pytest.approx(1 - dice)


def test_soft_dice_averages_over_patches():
    logits = torch.cat([LOGITS, LOGITS])
    target = torch.cat([TARGET, torch.zeros_like(TARGET)])
    one = 1 - (2 * 1.25 + 10) / (2 + 1.45 + 10)
    empty = 1 - 10 / (1.45 + 10)
    found = soft_dice_loss(logits, target, torch.cat([MASK, MASK]), 10.0)
    assert found.item() == pytest.approx((one + empty) / 2)


def test_epsilon_decides_whether_patches_without_icac_teach():
    gradients = []
    for epsilon in (1e-7, 500.0):
        logits = torch.zeros(1, 1000, requires_grad=True)
        soft_dice_loss(logits, torch.zeros(1, 1000), torch.ones(1, 1000), epsilon).backward()
        gradients.append(logits.grad.abs().max().item())
    assert gradients[1] > 1e5 * gradients[0]
    # d/dp of eps / (S + eps) at S = eps = 500 is 1 / (4 S); dp/dlogit is 1/4.
    assert gradients[1] == pytest.approx(1 / 2000 / 4, rel=1e-4)


def test_auxiliary_heads_add_their_weighted_mean():
    loss = SegmentationLoss(cross_entropy=1.0, dice=0.5, dice_epsilon=10.0)
    main = loss(LOGITS, [], TARGET, MASK)
    other = loss(-LOGITS, [], TARGET, MASK)
    both = loss(LOGITS, [LOGITS, -LOGITS], TARGET, MASK, auxiliary_weight=0.4)
    assert both.item() == pytest.approx((main + 0.4 * (main + other) / 2).item())
    assert loss(LOGITS, [-LOGITS], TARGET, MASK, auxiliary_weight=0.0).item() == pytest.approx(main.item())
    parts = masked_cross_entropy(LOGITS, TARGET, MASK) + 0.5 * soft_dice_loss(LOGITS, TARGET, MASK, 10.0)
    assert main.item() == pytest.approx(parts.item())
