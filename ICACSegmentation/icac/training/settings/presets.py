"""Named training settings: the published ones of 2017, and those of the model that is released."""

from __future__ import annotations

from typing import Any

#: Bortsova et al. 2017 (arXiv 1706.01148), section 3. Where the paper is silent (width, number of epochs) the
#: values are ours. One 178 x 178 x 98 patch a step predicts 96 x 96 x 62 voxels; only left-right flips.
BORTSOVA_2017: dict[str, Any] = {
    "name": "bortsova2017",
    "network": {"width": 8, "residual": True, "dropout": "before_addition", "deep_supervision": True,
                "supervision": "calcium"},
    "epochs": 60,
    "optimizer": {"kind": "sgd", "weight_decay": 0.0},
    "schedule": {"kind": "step", "learning_rate": 0.1, "learning_rate_after": 0.01, "momentum": 0.9,
                 "momentum_after": 0.99, "change_epoch": 10, "positive_weight": 1000.0, "positive_weight_epoch": 5,
                 "auxiliary_epochs": 50.0},
    "loss": {"cross_entropy": 1.0, "dice": 0.0},
    "sampling": {"output_size": (96, 96, 62), "batch": 1},
    "augmentation": {"flip": 0.5},
    "validation": {"every_epochs": 1.0, "select": "loss"},
    "ema": None,
    "recalibration_patches": 0,
}

#: The released model: the same network, told where on the carotid course a voxel lies, and trained with a one-cycle
#: schedule. Only voxels near the arteries count. Patches are padded, since a valid network spends most of its work on
#: their margins, and simulated cases also teach where the arteries themselves are. Batch normalisation is frozen for
#: the last part, since the statistics of one patch are noisy. Where the processor computes in bfloat16,
#: ``precision=bf16-mixed`` saves half of the time.
RELEASE: dict[str, Any] = {
    "name": "release",
    "network": {"width": 8, "residual": True, "dropout": "none", "deep_supervision": True,
                "supervision": "calcium", "position": True},
    "epochs": 40,
    "optimizer": {"kind": "adamw", "weight_decay": 0.01, "clip_norm": 1.0},
    "schedule": {"kind": "one_cycle", "learning_rate": 2.5e-3, "warmup": 0.04, "learning_rate_after": 1e-5,
                 "positive_weight": 20.0, "positive_weight_share": 0.5, "auxiliary_share": 0.25,
                 "frozen_norm_share": 0.25},
    "loss": {"cross_entropy": 1.0, "dice": 0.5, "artery": 0.3},
    "sampling": {"output_size": (92, 92, 64), "batch": 1, "icac_share": 0.6, "course_share": 0.37, "jitter": 0.35,
                 "padded": True, "within_region": True},
    "augmentation": {"flip": 0.5, "intensity": 0.5, "noise": 0.15, "blur": 0.1, "thick": 0.1, "rotation": 0.15},
    "validation": {"every_epochs": None, "every_share": 0.1, "cases": 10, "select": "dice"},
    "ema": 0.998,
    "recalibration_patches": 100,
}

PRESETS: dict[str, dict[str, Any]] = {"bortsova2017": BORTSOVA_2017, "release": RELEASE}
