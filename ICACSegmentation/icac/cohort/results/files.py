"""The files of one scan in the folder of a cohort, named as in BIDS derivatives; one of them a picture for its page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from icac.files import write_tsv
from icac.lesions import Lesion
from icac.report import write_results
from icac.report.picture.overview import region_view
from icac.report.picture.overview_tile import CAPTION, GAP, TILE, draw_pair
from icac.report.picture.slice_choice import choose_slices, evenly_spread
from icac.report.tables import COLUMNS, lesion_row
from icac.result import SegmentedScan
from icac.result_files import bids_names

THUMBNAIL = "desc-icac_thumbnail.jpg"

#: Which lesion each label of the mask is, in the columns that BIDS asks for and some of ours; and all of the lesions.
LABELS, LESIONS = "desc-icac_dseg.tsv", "desc-icac_lesions.tsv"

#: Slices of a thumbnail, and the size of each in pixels.
SLICES, SIZE = 3, (200, 150)


def write_files(folder: Path, stem: str, result: SegmentedScan, save_probability: bool = False, dicom: str = "",
                lesion_pictures: bool = False) -> dict[str, str]:
    """Write the results of a scan into an empty folder.

    Returns
    -------
    dict of str to str
        Role, as of :func:`icac.report.write_results`, ``labels``, ``lesions_tsv`` and ``thumbnail``, to file name.

    """
    written = write_results(folder, result, save_probability=save_probability, names=bids_names(stem),
                            dicom=dicom, lesion_pictures=lesion_pictures)
    names = {role: path.relative_to(folder).as_posix() for role, path in written.items()}
    names["thumbnail"] = f"{stem}_{THUMBNAIL}"
    names["labels"], names["lesions_tsv"] = f"{stem}_{LABELS}", f"{stem}_{LESIONS}"
    write_tsv(folder / names["labels"], ("index", "name", "side", "segment", "volume_mm3"), map(_label, result.lesions))
    write_tsv(folder / names["lesions_tsv"], COLUMNS, map(lesion_row, result.lesions))
    draw_thumbnail(result).save(folder / names["thumbnail"], format="JPEG", quality=80)
    return names


def draw_thumbnail(result: SegmentedScan) -> Image.Image:
    """Draw up to three slices side by side, from below upwards, with ICAC outlined (or the courses dotted if none).

    Returns
    -------
    PIL.Image.Image
        RGB, 600 x 150 pixels.

    """
    view, slices = region_view(result), choose_slices(result)
    page = Image.new("RGB", (SIZE[0] * SLICES, SIZE[1]))
    marked = (TILE[0] + GAP, CAPTION, 2 * TILE[0] + GAP, CAPTION + TILE[1])
    for column, number in enumerate(evenly_spread(range(len(slices)), SLICES)):
        pair = Image.new("RGB", (marked[2], marked[3]))
        draw_pair(pair, (0, 0), result, view, slices[number])
        page.paste(pair.crop(marked).resize(SIZE, Image.Resampling.LANCZOS), (column * SIZE[0], 0))
    return page


def _label(lesion: Lesion) -> dict[str, object]:
    return {"index": lesion.id, "name": f"{lesion.side.value} {lesion.segment.name} lesion {lesion.id}",
            "side": lesion.side.value, "segment": lesion.segment.name, "volume_mm3": round(lesion.volume_mm3, 4)}
