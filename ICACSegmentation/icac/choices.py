"""What can be simulated, in the words of the command line; light, so that its help comes at once."""

#: Populations with their scanners, and the word for all of them together.
PROTOCOLS, MIXED = ("rotterdam", "stroke", "routine"), "mixed"

#: What patients and scans a training set is mixed of.
MIXES = ("usual", "archive", "hard", "hardest", "varied", "young", "thick", "heavy", "rotterdam")

#: Forms of simulated scans, and the word for a training set.
SCAN_FORMATS, TRAINING_SET = ("nifti", "dicom"), "training"
