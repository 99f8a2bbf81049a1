import math

import pytest
import torch
from icac.training.optimization.losses import SegmentationLoss, focal_loss, masked_cross_entropy
from icac.training.optimization.overlap import NEGLIGIBLE, dice, jaccard, lovasz_loss, overlap_loss, tversky
from icac.training.settings.config import Loss

LOGITS = torch.tensor([[0.0, math.log(3.0), -math.log(4.0), 50.0]])  # probabilities 1/2, 3/4, 1/5, 1
TARGET = torch.tensor([[1, 1, 0, 0]])
MASK = torch.tensor([[1, 1, 1, 0]])


def soft_dice_loss(logits, target, mask, epsilon):
    return overlap_loss(dice, logits, target, mask, epsilon)


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
    loss = SegmentationLoss(Loss(cross_entropy=1.0, dice=0.5), 10.0)
    main = loss(LOGITS, [], TARGET, MASK)
    other = loss(-LOGITS, [], TARGET, MASK)
    both = loss(LOGITS, [LOGITS, -LOGITS], TARGET, MASK, auxiliary_weight=0.4)
    assert both.item() == pytest.approx((main + 0.4 * (main + other) / 2).item())
    assert loss(LOGITS, [-LOGITS], TARGET, MASK, auxiliary_weight=0.0).item() == pytest.approx(main.item())
    parts = masked_cross_entropy(LOGITS, TARGET, MASK) + 0.5 * soft_dice_loss(LOGITS, TARGET, MASK, 10.0)
    assert main.item() == pytest.approx(parts.item())


def test_focal_loss_by_hand():
    expected = -(0.5 ** 2 * math.log(1 / 2) + 0.25 ** 2 * math.log(3 / 4) + 0.2 ** 2 * math.log(4 / 5)) / 3
    assert focal_loss(LOGITS, TARGET, MASK, 2.0).item() == pytest.approx(expected)
    weighted = -(7 * 0.25 * math.log(1 / 2) + 7 / 16 * math.log(3 / 4) + 0.04 * math.log(4 / 5)) / 15
    assert focal_loss(LOGITS, TARGET, MASK, 2.0, 7.0).item() == pytest.approx(weighted)


@pytest.mark.parametrize(("likeness", "epsilon", "expected"), [
    (jaccard, 10.0, (1.25 + 10) / (2 + 1.45 - 1.25 + 10)),
    (tversky(0.5, 0.5), 5.0, (2 * 1.25 + 10) / (2 + 1.45 + 10)),
    (tversky(0.3, 0.7), 1.0, (1.25 + 1) / (1.25 + 0.3 * 0.2 + 0.7 * 0.75 + 1))])
def test_other_overlaps_by_hand(likeness, epsilon, expected):
    assert overlap_loss(likeness, LOGITS, TARGET, MASK, epsilon).item() == pytest.approx(1 - expected)


def test_overlap_of_a_batch_sums_before_it_divides():
    logits, target, mask = torch.cat([LOGITS, -LOGITS]), torch.cat([TARGET, 1 - TARGET]), torch.cat([MASK, MASK])
    # second image: probabilities 1/2, 1/4, 4/5 with truth 0, 0, 1
    both, truth, probability = 1.25 + 0.8, 2 + 1, 1.45 + 1.55
    expected = 1 - (2 * both + 4) / (truth + probability + 4)
    assert overlap_loss(dice, logits, target, mask, 4.0, "batch").item() == pytest.approx(expected)


def gradients(reduce, epsilon):
    """Gradients of soft Dice in an image with ICAC and in one without, by the probability of a voxel of .5."""
    logits = torch.zeros(2, 8, requires_grad=True)
    target = torch.tensor([[1, 1] + [0] * 6, [0] * 8])
    overlap_loss(dice, logits, target, torch.ones(2, 8), epsilon, reduce).backward()
    return logits.grad * 4  # p (1 - p) = 1 / 4


def test_gradients_of_soft_dice_where_the_label_is_empty_or_missing():
    """Tilborghs et al. 2022: over images and with a negligible epsilon an image without ICAC teaches nothing."""
    teaches_not, teaches, over_batch = gradients("image", NEGLIGIBLE), gradients("image", 4.0), gradients("batch", 1e-7)
    # 1 - 2 b / (2 + s) with b = 1, s = 4: by p of a false voxel 2 b / (2 + s)^2, of ICAC that less 2 / (2 + s)
    assert teaches_not[0].tolist() == pytest.approx([(2 / 36 - 2 / 6) / 2] * 2 + [2 / 36 / 2] * 6, rel=1e-5)
    assert teaches_not[1].abs().max() < 1e-7
    assert teaches[1].tolist() == pytest.approx([4 / (4 + 4) ** 2 / 2] * 8, rel=1e-5)
    # over both, s = 8: 2 b / (2 + s)^2 in the image without ICAC as well
    assert over_batch[1].tolist() == pytest.approx([2 / 100] * 8, rel=1e-5)


def test_lovasz_is_the_jaccard_loss_of_sure_answers_and_hand_computed_between():
    sure = torch.tensor([[50.0, -50.0, 50.0, -50.0]])
    truth = torch.tensor([[1, 1, 0, 0]])
    assert lovasz_loss(sure, truth, torch.ones(1, 4)).item() == pytest.approx(1 - 1 / 3)
    # errors .5 (ICAC), .25 (ICAC), .2: Jaccard losses 1/2, 1, 1 of the first, two, three wrong
    assert lovasz_loss(LOGITS, TARGET, MASK).item() == pytest.approx(0.5 * 0.5 + 0.25 * 0.5)
    both = lovasz_loss(torch.cat([LOGITS, LOGITS]), torch.cat([TARGET, TARGET]),
                       torch.cat([MASK, torch.zeros_like(MASK)]))
    assert both.item() == pytest.approx(0.375), "an image in which nothing counts is left out"


def test_lovasz_of_nothing_is_zero_and_its_gradient_is_that_of_the_errors():
    logits = LOGITS.clone().requires_grad_()
    lovasz_loss(logits, TARGET, torch.zeros_like(MASK)).backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))
    logits = LOGITS.clone().requires_grad_()
    lovasz_loss(logits, TARGET, MASK).backward()
    assert logits.grad[0].tolist() == pytest.approx([-0.5 / 4, -0.5 * 3 / 16, 0, 0], abs=1e-6)


@pytest.mark.parametrize("reduce", ["image", "batch"])
def test_the_same_as_monai_where_it_has_them(reduce):
    losses = pytest.importorskip("monai.losses")
    torch.manual_seed(3)
    logits, target = torch.randn(3, 1, 4, 5, 6), (torch.rand(3, 1, 4, 5, 6) < 0.3).float()
    mask, batch = torch.ones_like(target), reduce == "batch"
    options = {"sigmoid": True, "batch": batch, "smooth_nr": 2.0, "smooth_dr": 2.0}
    pairs = [(overlap_loss(dice, logits, target, mask, 2.0, reduce), losses.DiceLoss(**options)),
             (overlap_loss(tversky(0.3, 0.7), logits, target, mask, 2.0, reduce),
              losses.TverskyLoss(alpha=0.3, beta=0.7, **options)),
             (focal_loss(logits, target, mask, 2.0), losses.FocalLoss(gamma=2.0))]
    for ours, theirs in pairs:
        assert ours.item() == pytest.approx(theirs(logits, target).item(), rel=1e-5)
    small = {**options, "smooth_nr": 1e-6, "smooth_dr": 1e-6}
    ours = overlap_loss(jaccard, logits, target, mask, 1e-6, reduce)
    assert ours.item() == pytest.approx(losses.DiceLoss(jaccard=True, **small)(logits, target).item(), rel=1e-4)


def test_voxels_that_do_not_count_get_no_gradient_from_any_loss():
    every = Loss(cross_entropy=1.0, focal=1.0, dice=1.0, jaccard=1.0, tversky=1.0, lovasz=1.0, positive_weight=3.0)
    logits = LOGITS.clone().requires_grad_()
    SegmentationLoss(every, 2.0)(logits, [], TARGET, MASK).backward()
    assert logits.grad[0, 3] == 0 and (logits.grad[0, :3] != 0).all()


def test_the_sum_is_by_weights():
    parts = Loss(cross_entropy=0.0, focal=2.0, tversky=0.5, tversky_false=0.2, tversky_missed=0.8, lovasz=1.5)
    expected = (2 * focal_loss(LOGITS, TARGET, MASK, 2.0, 5.0) + 1.5 * lovasz_loss(LOGITS, TARGET, MASK)
                + 0.5 * overlap_loss(tversky(0.2, 0.8), LOGITS, TARGET, MASK, 1.0))
    found = SegmentationLoss(parts, 1.0)(LOGITS, [], TARGET, MASK, positive_weight=5.0)
    assert found.item() == pytest.approx(expected.item())
