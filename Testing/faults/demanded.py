"""What is demanded of every input of ``cases/inputs``: a script writes each, and what is made of it is measured.

An input is a file or folder that one of those scripts writes. What must come of it is one of four things; ``says``
is a regular expression that must be found in the warnings of the result or in the sentence of the refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The value of the plain scan, with any warnings; its value and a warning; one sentence; or one of the latter two.
PLAIN, WARNED, REFUSED, EITHER = "the plain value", "the plain value and a warning", "refused", "a warning or refused"


@dataclass(frozen=True)
class Demand:
    """What must come of an input.

    Attributes
    ----------
    script : str
        Name of the script, or the beginning of it.
    what : str
        Path below the folder that the script writes; empty for the folder.
    outcome : str
        PLAIN, WARNED, REFUSED or EITHER.
    says : str
        Regular expression, in upper or lower case.
    options : tuple of str
        Of ``icac segment``.
    changed : bool
        The script changes the head itself, so that its value is another; any is right.

    """

    script: str
    what: str = ""
    outcome: str = PLAIN
    says: str = ""
    options: tuple[str, ...] = ()
    changed: bool = False

    def is_met(self, is_refused: bool, is_plain: bool, words: str) -> bool:
        """Tell whether an outcome, with all that was said of it, is what is demanded."""
        says = re.search(self.says, words, re.I | re.S) is not None
        if is_refused:
            return self.outcome in (REFUSED, EITHER) and says and "\n" not in words.strip()
        return self.outcome != REFUSED and (is_plain or self.changed) and says


#: Regions to compare with the results of the plain scan. "Plain" is the Dice of the truth as it is.
COMPARE = (
    Demand("compare_masks", "plain.nii.gz"), Demand("compare_masks", "permuted.nii.gz"),
    Demand("compare_masks", "nan_background.nii.gz"), Demand("compare_masks", "v255.nii.gz"),
    Demand("compare_masks", "minus_one_background.nii.gz"),
    Demand("compare_masks", "soft_probability.nii.gz", WARNED, "0.5", changed=True),
    Demand("compare_masks", "four_d.nii.gz", EITHER, "4|dimension|volumes|channels"),
    Demand("compare_masks", "no_origin.nii.gz", REFUSED, "lies beside"),
    Demand("compare_masks", "half_voxel.nii.gz", WARNED, "voxels|grid|nearest|moved", changed=True),
    Demand("compare_masks", "iso1mm.nrrd", WARNED, "voxels|grid|nearest", changed=True),
    Demand("compare_masks", "inverted.nii.gz", EITHER, "head|most|background|inverted", changed=True),
    Demand("compare_masks", "layers.seg.nrrd", EITHER, "segments", changed=True),
    Demand("dicom_seg", "sparse.dcm"), Demand("dicom_seg", "reversed.dcm"), Demand("dicom_seg", "all_frames.dcm"),
    Demand("dicom_seg", "labelmap.dcm"), Demand("dicom_seg", "fractional.dcm", EITHER, "0.5|fraction", changed=True),
    Demand("dicom_seg", "two.dcm", EITHER, "segments", changed=True),
)

SEGMENT = (
    Demand("00_plain"),
    Demand("01_two_targets", "", REFUSED, "fields of view"),
    Demand("02_intercept", "", REFUSED, "1024 was not subtracted"),
    Demand("03_signedness", "", REFUSED, "unsigned"),
    Demand("04_meta"), Demand("05_no_meta"), Demand("06_no_preamble"),
    Demand("07_two_patients", "", REFUSED, "patients"),
    Demand("08_zero", "", REFUSED, "36 files .* empty"),
    Demand("09_broken", "", REFUSED, "36 files .* link to nothing"),
    Demand("10_repeat", "", REFUSED, "acquisitions"),
    Demand("11_thick", "", WARNED, "thicker slices .* left out"),
    Demand("12_nifti", "ct.nii.gz", REFUSED, "does not say where left and right"),
    Demand("13_mono"),
    Demand("14_overlay", "", WARNED, "bits .* left out"), Demand("15_overlay", "", WARNED, "bits .* left out"),
    Demand("16_j2k", "", REFUSED, "cannot be signed"), Demand("17_j2k"), Demand("18_compressed"),
    Demand("19_compressed"), Demand("20_big"),
    Demand("21_bits", "", WARNED, "metal denser", changed=True),
    Demand("22_orientation"), Demand("23_decimal", "", EITHER, "comma|no number|damaged|^$"),
    Demand("24_uid", "", REFUSED, "Series Instance UID each"),
    Demand("25_position", "", REFUSED, "30 images .* where they lie"),
    Demand("26_kernel"),
    Demand("30_sform", "ct.nii.gz", EITHER, "sform|qform"),
    Demand("31_only", "ct.nii.gz"), Demand("32_units", "ct.nii.gz"), Demand("33_units", "ct.nii.gz"),
    Demand("34_units", "ct.nii.gz", REFUSED, "mm"),
    Demand("35_slope", "ct.nii"), Demand("36_slope", "ct.nii.gz"),
    Demand("37_slope", "ct.nii.gz", REFUSED, "1024"),
    Demand("38_four", "ct.nii.gz"),
    Demand("39_stored", "ct.nii.gz", REFUSED, "1024 was not subtracted"),
    Demand("40_ras", "ct.nii.gz"), Demand("41_qfac", "ct.nii.gz"), Demand("42_sform", "ct.nii.gz"),
    Demand("43_mirrored", "ct.nii.gz"), Demand("44_tilt", "ct.nii.gz"),
    Demand("50_sidecar", "sub-01_ct.nii.gz"), Demand("51_sidecar", "sub-01_ct.nii.gz"),
    Demand("52_sidecar", "sub-01_ct.nii.gz"),
    Demand("54_enhanced"), Demand("55_enhanced"), Demand("56_feet"),
    Demand("57_position", "", EITHER, "head first|upside|turned|position"),
    Demand("58_position", "", EITHER, "supine|turned|position|prone"),
    Demand("59_mirrored", changed=True),  # a mirrored head is a head: nothing in the file speaks against its sides
    Demand("60_overlapping", "", REFUSED, r"lacks \d slices"),
    Demand("61_everything"),
    Demand("62_latin1", "", PLAIN, "Schädel nativ weich"),
    Demand("62_latin1", "", PLAIN, "", ("--series", "schädel")),
    Demand("63_fractional"), Demand("64_table", "", WARNED, "rounded"),
    Demand("70_nrrd", "a_ras.nhdr"), Demand("70_nrrd", "b_nospace.nrrd", REFUSED, "left and right"),
    Demand("70_nrrd", "b_nospace.nrrd", EITHER, "LPS", ("--assume-lps",)),
    Demand("70_nrrd", "c_las.nrrd"), Demand("70_nrrd", "d_missing.nhdr", REFUSED, "gone.raw"),
    Demand("70_nrrd", "e_units.nrrd"), Demand("70_nrrd", "f_list.nrrd"), Demand("70_nrrd", "g_zfirst.nrrd"),
    Demand("70_nrrd", "h_short.nrrd", REFUSED, "truncated|cut|short|incomplete"),
    Demand("70_nrrd", "i_plain.mha"), Demand("70_nrrd", "j_negz.mhd", EITHER, "spacing|^"),
    Demand("70_nrrd", "k_missing.mhd", REFUSED, "gone.raw"), Demand("70_nrrd", "l_size_only.mha"),
    Demand("70_nrrd", "m_no_matrix.mha", REFUSED, "left and right"),
    Demand("70_nrrd", "m_no_matrix.mha", WARNED, "LPS", ("--assume-lps",)),
    Demand("70_nrrd", "n_no_position.mha", REFUSED, "left and right"),
    Demand("70_nrrd", "p_slope.mha"), Demand("70_nrrd", "q_short.mhd", REFUSED, "truncated|cut|short|incomplete"),
    Demand("80_bytes"), Demand("91_nii", "ct.nii.gz"),
    Demand("100_truncated", "", REFUSED, "IM0043"), Demand("101_truncated", "", REFUSED, "IM0043"),
    Demand("102_j2k", "", REFUSED, "IM0043"),
    Demand("104_perf", "", REFUSED, "acquisitions|time points"),
    Demand("111_aniso", "dcm", changed=True), Demand("111_aniso", "ct.nii.gz", changed=True),
)
