"""What headers say of a series in words: what kind of picture it is, of which part, with which kernel and agent.

Names of kernels, image types and descriptions are the vendors' and the technicians'. What is found in them here is
known nowhere else; a word that is missing tells nothing.
"""

from __future__ import annotations

import re

#: Words within the values of Image Type that mark what was made from a CT and is no slice of it. Siemens joins them
#: (``CT_SOM5 TOP``, ``CSA MPR``), GE and Philips have them alone. Those of images of several energies are of PS3.3,
#: C.8.15.3.1.
_NOT_SLICES = {"LOCALIZER": "localizer", "SCOUT": "localizer", "TOP": "localizer", "MPR": "reformatted",
               "REFORMATTED": "reformatted", "MPVR": "reformatted",
               "PROJECTION": "projection", "MIP": "projection", "MINIP": "projection", "VRT": "rendering",
               "VOLUME RENDERING": "rendering", "RENDERING": "rendering", "SSD": "rendering",
               "SCREEN SAVE": "screenshot", "SCREENSHOT": "screenshot", "PERFUSION": "map", "CBF": "map", "CBV": "map",
               "VNC": "map", "VUE": "map", "IODINE": "map", "EFF_ATOMIC_NUM": "map", "ELECTRON_DENSITY": "map",
               **{f"MAT_{what}": "map" for what in ("SPECIFIC", "REMOVED", "FRACTIONAL", "MODIFIED", "VALUE_BASED",
                                                    "VISUALIZATION")}}

#: The same in descriptions, where headers lost the image type or made all of them AXIAL.
_KINDS = {
    "localizer": r"scouts?|topograms?|localizers?|surview|scanogram",
    "projection": r"mips?|minips?|max(imum)? intensity.*|rays?um",
    "rendering": r"vrt|ssd|volume render.*|vr",
    "reformatted": r"mprs?|mpvr|reformat\w*|refmt",
    "map": r"perfusion|ctp|cbf|cbv|mtt|tmax|ttp|iodine|jod|z[- ]?eff\w*|rho|electron density|vnc|vue|uric acid|"
           r"virtual[- ](?:non[- ]?contrast|unenhanced)|calcium suppress\w*|material density|hap ?\(\w+\)|"
           r"\w+ ?\((?:water|hap|iodine|calcium|fat)\)|bone (?:removal|marrow)|hard ?plaques?",
    "screenshot": r"dose report|patient protocol|dosis\w*|screen ?save|protocol page",
}

_MADE_OF_SLICES = ("projection", "rendering", "reformatted")

#: Names of kernels for bone or lung: Siemens B60, H60, Hr59 and up; GE bone, bone plus, edge, lung, ultra; Canon FC30
#: to FC39, FC50 to FC59 and FC80 and up; Philips YA to YE, and D, E, L.
SHARP_KERNEL = re.compile(r"([A-Z][rl]?(59|[6-9]\d)[a-z]*\b.*|(HD ?)?BONE.*|EDGE|LUNG|ULTRA|FC[358]\d.*|Y[A-E]|[DEL])",
                          re.I)

#: The same in descriptions.
_SHARP_WORDS = r"bones?|boneplus|knochen\w*|kno|oss(?:eous|eux|a)?|osso|hueso|bot|sharp|edge|lungs?|lunge|hart"

#: Values of Contrast/Bolus Agent that mean none.
_NO_AGENT = {"", "no", "none", "n", "0", "false", "non", "without", "w/o", "no contrast", "unknown"}

_WITHOUT_AGENT = (r"w/?o|without|non?[- ]?(?:contrast|con|kontrast|enhanced|ce)|ncct|nect|unenhanced|plain|nati[vf]e?|"
                  r"pre[- ]?contrast|ohne|blan[ck]o|sans (?:contraste|inj\w*|iv|pdc)|sin contr\w*|zonder|senza|-c|c-")
_WITH_AGENT = (r"cta|angio\w*|cow|carotids?|post[- ]?(?:contrast|con|km|inj\w*|iv)|km|contrast\w*|kontrast\w*|enhanced|"
               r"cect|venous|ven[oö]s|arteriell|arterial|ctv|venogra\w*|\+c|c\+")

_HEAD = (r"head|brain|skull|cranium|cranial|cerebr\w*|neuro\w*|schädel|schaedel|kopf|hirn|ccrani\w*|cct|crane|crâne|"
         r"cerveau|cráneo|craneo|cabeza|encephal\w*|encefal\w*|hersen\w*|stroke|sinus\w*|orbit\w*|fac\w*|nnh|temporal|"
         r"petrous|felsenbein|ear|headneck|ncct")
_OTHER_PART = (r"neck|[ctl][- ]?spine|[hbl]ws|spine|cervical|hals|cuello|thorax|chest|lungs?|lunge|abd\w*|pelv\w*|"
               r"becken|heart|cardiac|herz|coronary|knee|leg|shoulder|schulter|rachis|wirbels\w*|extremity|aorta|liver|"
               r"leber")

#: Images computed from two energies, or as if from one of them; and words for those of the whole spectrum of such a
#: scan (GE calls them QC, Philips conventional).
_ONE_ENERGY = re.compile(r"(?<![^\W\d_])(?:mono(?:e[a-z]*|chrom[a-z]*)?[ _+]*\d*(?: ?kev)?|\d+ ?kev|gsi|spectral|vmi)"
                         r"(?![^\W\d_])", re.I)
_WHOLE_SPECTRUM = r"qc|conventional|polychrom\w*|polye\w*"

#: Images of one of the two voltages of a scan with two, and of both (Siemens: tubes A and B, mixed by a share): both
#: together are as dense as at 120 kV.
_ONE_VOLTAGE = r"det_[ab]|[ab]_(?:sn)?\d{2,3} ?kv|(?:low|high)[- ]?(?:kvp?|energy)"
_BOTH_VOLTAGES = r"det_ab|mixed|[mf]_[01]?[.,]\d+"


def image_kind(image_type: str) -> str:
    """Name what an image is by its Image Type (values joined by a backslash) if it is no slice of a CT; else empty.

    The first value is ORIGINAL or DERIVED; anonymisers and resamplers set DERIVED on good slices, so it does not count.
    """
    for value in image_type.upper().split("\\"):
        words = (value.strip(), *re.split(r"[ _]+", value.strip()))
        kind = next((_NOT_SLICES[word] for word in words if word in _NOT_SLICES), "")
        if kind:
            return kind
    return ""


def described_kind(description: str, image_type: str) -> str:
    """Name what a series is by its description if it is not one of slices as they were scanned; else empty.

    Slices that say to be original are not taken for reformatted ones: some are described as those *for* reformatting.
    """
    original = image_type.upper().startswith("ORIGINAL")
    found = next((kind for kind, words in _KINDS.items() if _has(description, words)), "")
    return "" if original and found in _MADE_OF_SLICES else found


def is_sharp_kernel(kernel: str) -> bool:
    """Tell whether a Convolution Kernel, of whose values the first counts, is one for bone or lung."""
    return bool(SHARP_KERNEL.fullmatch(kernel.split("\\")[0].strip()))


def sharpness(kernel: str, description: str) -> str:
    """Say by what a series is a sharp one, empty if it is not known to be; the kernel counts before the description."""
    first = kernel.split("\\")[0].strip()
    if first:
        return f"sharp kernel {first}" if is_sharp_kernel(kernel) else ""
    return "sharp by its description" if _has(description, _SHARP_WORDS) else ""


def contrast(agent: str, description: str) -> str:
    """Say by what contrast agent is known to be in the blood, empty if it is not: header and description.

    A description that says that there is none counts more: scanners write the agent into every series of a study.
    """
    if _has(description, _WITHOUT_AGENT):
        return ""
    if is_agent(agent):
        return f"contrast agent '{agent.strip()}'"
    return "contrast agent by its description" if _has(description, _WITH_AGENT) else ""


def is_agent(agent: str) -> bool:
    """Tell whether a Contrast/Bolus Agent names one."""
    return agent.strip().casefold() not in _NO_AGENT


def other_part(body_part: str, description: str) -> str:
    """Name the part of the body that a series says to show if it is not the head; empty if it is, or not said."""
    for text in (description, body_part):
        if _has(text, _HEAD):
            return ""
        found = re.search(_whole(_OTHER_PART), text, re.I)
        if found:
            return found[0]
    return ""


def computed_energy(image_type: str, description: str) -> str:
    """Return the words that say that images show a single energy computed from two; empty if none do."""
    if _has(description, _WHOLE_SPECTRUM):
        return ""
    found = _ONE_ENERGY.search(description) or _ONE_ENERGY.search(image_type.replace("\\", " "))
    return found[0].strip(" _+") if found else ""


def one_voltage(image_type: str, description: str) -> str:
    """Return the words that say that images show one of the two voltages of a scan; empty if none do."""
    return "" if both_voltages(image_type, description) else _found(_ONE_VOLTAGE, image_type, description)


def both_voltages(image_type: str, description: str) -> str:
    """Return the words that say that images show both voltages of a scan with two; empty if none do."""
    return _found(_BOTH_VOLTAGES, image_type, description)


def _found(words: str, *texts: str) -> str:
    """Return the first of some words in texts, the last text first, as it stands there; empty if none is."""
    return next((found[0] for text in reversed(texts) if (found := re.search(_whole(words), text, re.I))), "")


def _has(text: str, words: str) -> bool:
    return bool(re.search(_whole(words), text, re.I))


def _whole(words: str) -> str:
    """Return a pattern of words that stand by themselves: numbers and underscores end a word."""
    return rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])"
