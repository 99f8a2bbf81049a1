"""What differs from head to head: the parameters of the parametric head, their means and their spread.

Means are cited beside each field where a source exists; spreads without a source are assumptions, chosen so that
the extremes still look like heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from icac.anatomy import Side
from icac.geometry import three
from icac.phantom.description.side_bones import MEAN_SIDE, SideBones, draw_grooves, draw_side

#: Ages of the children and adolescents whose heads are drawn, years.
YOUNG_AGES = (3.0, 20.0)


@dataclass(frozen=True)
class HeadParameters:
    """Parameters of one head. Lengths in mm, densities in HU."""

    seed: int = 0
    """Seed of the random fields (warp, textures) of this head."""
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Size along (right-left, posterior-anterior, inferior-superior) relative to the mean head."""
    warp_mm: float = 0.0
    """Standard deviation of the smooth random warp (correlation about 30 mm)."""
    roughness_mm: float = 0.25
    """Standard deviation of the irregularity of bone surfaces (correlation about 4 mm)."""

    # Bone
    cortex_hu: float = 1200.0
    """Compact bone; 700 to 3000 HU in the literature."""
    cortex_mm: float = 1.1
    """Thickness of the cortical shell of skull-base bones."""
    spongy_shell: float = 0.55
    """Shell of the sphenoid, clivus and clinoids relative to that of other bones."""
    petrous_core_hu: float = 450.0
    """How much denser the inside of the petrous bone is than marrow."""
    marrow_hu: float = 330.0
    """Mean of diploe and marrow; 100 (osteopenic, fatty) to 600 (sclerotic)."""
    trabecular_hu: float = 130.0
    """Standard deviation of trabecular texture."""
    otic_capsule_hu: float = 1850.0
    vault_mm: float = 6.5
    """Thickness of the calvaria; the temporal squama is thinner by half."""

    # Sphenoid
    sphenoid_air: float = 0.8
    """Pneumatisation of the sphenoid, from 0 (conchal) to 1 (into the clivus and the wings)."""
    sphenoid_septum_mm: float = 0.0
    """Offset of the septum from the midline."""
    sella_depth_mm: float = 7.9
    """Acay et al.: 7.87 +- 1.37."""
    dorsum_height_mm: float = 6.0
    """Height of the top of the dorsum sellae above the centre of the sella."""
    dorsum_mm: float = 3.3
    """Thickness of the dorsum sellae; 3.29 in 100 CT."""
    clinoid_mm: float = 11.2
    """Length of the anterior clinoid process; 11.20 +- 0.95 (JCDR 2015)."""
    clinoid_tip_mm: float = 1.7
    """Radius at the tip of the anterior clinoid process."""
    clinoid_air: float = 0.0
    """Pneumatisation of the anterior clinoid, 0 to 1."""

    # Temporal bone
    petrous_mm: float = 9.0
    """Radius of the petrous pyramid at its middle."""
    mastoid_air: float = 0.8
    """Share of the mastoid that is air, 0 (sclerotic) to 1."""
    petrous_apex_air: float = 0.0
    """Pneumatisation of the petrous apex, 0 to 1."""

    # Skull base
    right: SideBones = MEAN_SIDE
    left: SideBones = MEAN_SIDE
    synchondrosis_mm: float = 0.0
    """Width of the cartilage between sphenoid, occipital and petrous bone; 0 once closed (13 to 18 years)."""
    age_years: float | None = None
    """Age of the young; None: an adult."""

    # Carotid
    carotid_jitter_mm: float = 0.0
    """Standard deviation of each control point of the centreline, mm."""
    siphon_freedom: float = 0.0
    """How freely the siphon bends and leaves its plane: 0 as in the mean head, 1 as in real heads."""
    carotid_scale: float = 1.0
    lumen_scale: float = 1.0
    """Relative diameter of the lumen; SD 0.1 (4.53 +- 0.47 mm)."""
    canal_wall_mm: float = 0.6
    """Gap between the lumen and the bone of the carotid canal: vessel wall, veins and periosteum. The aperture of the
    canal is 6.0 to 6.7 mm wide on average, the lumen 4.7 mm; the wall alone takes half a millimetre."""
    cavernous_gap_mm: float = 0.0
    """What dura and veins add to that gap from the cavernous segment on."""
    sinus_wall_mm: float = 0.4
    """Thickness of bone between that gap and the air of the sphenoid sinus; 0 where the canal is open."""

    # Soft tissue
    brain_hu: float = 33.0
    csf_hu: float = 8.0
    blood_hu: float = 48.0
    muscle_hu: float = 55.0
    fat_hu: float = -95.0
    fat_share: float = 0.35
    """Share of fat between the muscles of face and neck."""
    scalp_mm: float = 5.5
    atrophy: float = 0.3
    """0 (full brain) to 1 (wide sulci, cisterns and ventricles)."""


    def of_side(self, side: Side) -> SideBones:
        """Return the bones of one side."""
        return self.right if side is Side.RIGHT else self.left

    def side(self, sign: int) -> SideBones:
        """Return the bones of the side of ``sign`` (+1 right, -1 left)."""
        return self.right if sign > 0 else self.left


def draw(rng: np.random.Generator, young: bool = False) -> HeadParameters:
    """Draw the parameters of a random head: of an adult, or of a child or adolescent (``young``)."""
    adult = _draw_adult(rng)
    if young:
        return _with_grooves(_rejuvenated(adult, float(rng.uniform(*YOUNG_AGES)), rng))
    return _with_grooves(replace(adult, right=draw_side(rng), left=draw_side(rng)))


def _with_grooves(q: HeadParameters) -> HeadParameters:
    """Add the grooves beside the canals, from random numbers of their own: the rest stays as it was without them."""
    rng = np.random.default_rng((q.seed, 1))
    growth = 1.0 if q.age_years is None else _growth(q.age_years)
    return replace(q, right=replace(q.right, grooves=draw_grooves(rng, growth)),
                   left=replace(q.left, grooves=draw_grooves(rng, growth)))


def _growth(age: float) -> float:
    """Return how far the skull base has grown at an age (years), 1 once it has its size."""
    return min(age / 16.0, 1.0)


def _rejuvenated(q: HeadParameters, age: float, rng: np.random.Generator) -> HeadParameters:
    """Return an adult head as it was at an age.

    The skull base has some 85 % of its adult size at 3 years and all of it at about 16; the sphenoid sinus begins at
    about 3 years and is complete at about 14; the spheno-occipital synchondrosis closes between 13 and 18. These are
    textbook ages without a source at hand; thickness and density of bone in between, and how much narrower the artery
    and its canal are, are assumptions.
    """
    growth = _growth(age)
    size = 0.82 + 0.18 * growth
    thin = 0.45 + 0.55 * growth
    return replace(
        q,
        age_years=age,
        scale=three(size * v for v in q.scale),
        cortex_mm=thin * q.cortex_mm, cortex_hu=(0.75 + 0.25 * growth) * q.cortex_hu,
        petrous_core_hu=(0.5 + 0.5 * growth) * q.petrous_core_hu, vault_mm=thin * q.vault_mm,
        sphenoid_air=q.sphenoid_air * float(np.clip((age - 2.0) / 12.0, 0.0, 1.0)),
        mastoid_air=q.mastoid_air * min(age / 8.0, 1.0), clinoid_air=0.0 if growth < 0.7 else q.clinoid_air,
        petrous_apex_air=0.0 if growth < 0.5 else q.petrous_apex_air,
        clinoid_mm=(0.7 + 0.3 * growth) * q.clinoid_mm, clinoid_tip_mm=(0.6 + 0.4 * growth) * q.clinoid_tip_mm,
        lumen_scale=(0.78 + 0.22 * growth) * q.lumen_scale, canal_wall_mm=(0.7 + 0.3 * growth) * q.canal_wall_mm,
        dorsum_mm=(0.6 + 0.4 * growth) * q.dorsum_mm, dorsum_height_mm=(0.5 + 0.5 * growth) * q.dorsum_height_mm,
        atrophy=0.3 * q.atrophy,
        synchondrosis_mm=float(rng.uniform(0.8, 2.6)) if age < rng.uniform(13.0, 18.0) else 0.0,
        right=draw_side(rng, growth), left=draw_side(rng, growth),
    )


def _draw_adult(rng: np.random.Generator) -> HeadParameters:
    """Draw the parameters of a random adult head, but the bones of each side."""
    size = rng.normal(1.0, 0.035)
    scale = three(float(v) for v in np.clip(size * rng.normal(1.0, 0.025, 3), 0.86, 1.14))
    marrow = float(np.clip(rng.normal(270.0, 130.0), 40.0, 700.0))
    return replace(
        HeadParameters(),
        seed=int(rng.integers(2**31)),
        scale=scale,
        warp_mm=float(rng.uniform(0.8, 2.2)),
        roughness_mm=float(rng.uniform(0.15, 0.6)),
        cortex_hu=float(np.clip(rng.normal(1200, 250), 600, 1900)),
        cortex_mm=float(np.clip(rng.normal(1.0, 0.35), 0.4, 2.2)),
        spongy_shell=float(rng.uniform(0.3, 1.0)),
        petrous_core_hu=float(rng.uniform(50, 900)),
        marrow_hu=marrow,
        trabecular_hu=float(rng.uniform(50, 230)),
        otic_capsule_hu=float(rng.normal(1800, 200)),
        vault_mm=float(np.clip(rng.normal(6.5, 1.5), 3.5, 11)),
        sphenoid_air=float(np.clip(rng.normal(0.75, 0.28), 0.0, 1.15)),
        sphenoid_septum_mm=float(rng.normal(0, 2.5)),
        sella_depth_mm=float(np.clip(rng.normal(7.9, 1.4), 4.5, 12)),
        dorsum_height_mm=float(np.clip(rng.normal(6.0, 2.0), 0.5, 10)),
        dorsum_mm=float(np.clip(rng.normal(3.3, 1.2), 1.2, 7)),
        clinoid_mm=float(np.clip(rng.normal(11.2, 1.9), 6, 17)),
        clinoid_tip_mm=float(np.clip(rng.normal(1.7, 0.5), 0.8, 3.2)),
        clinoid_air=float(np.clip(rng.normal(-0.5, 0.7), 0, 1)),
        petrous_mm=float(np.clip(rng.normal(9.0, 1.2), 6.5, 12)),
        mastoid_air=float(np.clip(rng.normal(0.7, 0.3), 0, 1)),
        petrous_apex_air=float(np.clip(rng.normal(-0.2, 0.5), 0, 1)),
        carotid_jitter_mm=float(rng.uniform(0.8, 2.0)),
        siphon_freedom=1.0,
        carotid_scale=float(np.clip(rng.normal(1.0, 0.05), 0.86, 1.14)),
        lumen_scale=float(np.clip(rng.normal(1.0, 0.12), 0.7, 1.4)),
        canal_wall_mm=float(rng.uniform(0.55, 1.3)),
        cavernous_gap_mm=float(rng.uniform(0.1, 1.0)),
        sinus_wall_mm=float(np.clip(rng.uniform(-0.15, 1.0), 0.0, 1.0)),
        brain_hu=float(rng.normal(33, 2.5)),
        csf_hu=float(rng.normal(8, 3)),
        blood_hu=float(np.clip(rng.normal(47, 8), 30, 75)),
        muscle_hu=float(rng.normal(55, 6)),
        fat_hu=float(rng.normal(-95, 12)),
        fat_share=float(rng.uniform(0.15, 0.55)),
        scalp_mm=float(rng.uniform(3.5, 9)),
        atrophy=float(rng.uniform(0, 1)),
    )
