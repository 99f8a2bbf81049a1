"""What an edit of the mask does to the lesions: which shrink, grow, fall apart, vanish or appear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from icac.correct import Patch
from icac.correct.block import Part
from icac.errors import InputError
from icac.geometry.box import Box, overlap, widen
from icac.review.lesion import Draft, ReviewedLesion
from icac.review.parts import paint, pieces, tight, touches, union, window, without
from icac.review.status import Origin, Status

#: New drafts by key; None for a lesion that vanishes.
Drafts = dict[int, Draft | None]


def edit_lesions(lesions: Mapping[int, ReviewedLesion], patch: Patch, key: int | None,
                 new_keys: Iterator[int]) -> Drafts:
    """Work out how a patch changes the lesions.

    Cleared voxels leave their lesion (only the lesion ``key`` if one is given). Where a lesion falls apart its largest
    component keeps the key; the others become lesions of origin *split* with its status. Set voxels join the lesion
    that they touch (``key`` first, else the one they touch most), otherwise they become a lesion of origin *added* that
    is accepted, as a reviewer drew it. Voxels of rejected lesions that are set again leave these.

    Parameters
    ----------
    lesions : mapping of int to ReviewedLesion
        Key to lesion.
    patch : Patch
        Its ``before`` is the current segmentation in the box, or the lesion ``key`` alone.
    key : int, optional
        The lesion that is corrected.
    new_keys : iterator of int
        Supplies the keys of new lesions.

    Returns
    -------
    dict of int to (Draft or None)
        Only lesions that change.

    Raises
    ------
    InputError
        The patch was made for another state of the segmentation.

    """
    near = {k: le.draft for k, le in lesions.items() if overlap(le.part.box, widen(patch.box, 1))}
    _check_is_current(near, patch, key)
    drafts: Drafts = {}
    added = patch.added & ~_standing(near, patch)
    for k, draft in near.items():
        edited = draft.stands if key is None else k == key
        taken = tight(patch.box, patch.removed if edited else added)
        if taken is not None and overlap(draft.part.box, taken.box):
            drafts.update(_shrink(k, draft, taken, new_keys))
    grown = tight(patch.box, added)
    for component in [] if grown is None else pieces(grown):
        drafts.update(_grow({**near, **drafts}, component, key, new_keys))
    return drafts


def divide_lesion(key: int, draft: Draft, labels: np.ndarray, box: Box, new_keys: Iterator[int]) -> Drafts:
    """Divide a lesion: its largest part keeps the key, the others become lesions of origin *split*.

    Parameters
    ----------
    key : int
    draft : Draft
        The lesion.
    labels : numpy.ndarray of int
        Number of the part each voxel of the lesion goes to, from 1; shape of the box.
    box : tuple of slice
        Block that holds the lesion, slices for (z, y, x).
    new_keys : iterator of int
        Supplies the keys of new lesions.

    Returns
    -------
    dict of int to Draft
        Empty if there is only one part.

    Raises
    ------
    InputError
        The labels are not on exactly the voxels of the lesion.

    """
    whole = window(draft.part, box)
    if not np.array_equal(labels > 0, whole) or np.count_nonzero(whole) < np.count_nonzero(draft.part.mask):
        raise InputError(f"Lesion {key} has changed since it was split; split it again.")
    parts = [tight(box, labels == number) for number in np.unique(labels[labels > 0])]
    return _divided(key, draft, parts, new_keys) if len(parts) > 1 else {}


def _divided(key: int, draft: Draft, parts: list[Part], new_keys: Iterator[int]) -> Drafts:
    parts = sorted(parts, key=lambda part: -int(part.mask.sum()))
    drafts: Drafts = {key: draft._replace(part=parts[0])}
    drafts.update({next(new_keys): draft._replace(part=part, origin=Origin.SPLIT) for part in parts[1:]})
    return drafts


def _standing(near: Mapping[int, Draft], patch: Patch) -> np.ndarray:
    """Return the current segmentation in the box of the patch."""
    mask = np.zeros(patch.before.shape, dtype=bool)
    for draft in near.values():
        if draft.stands:
            paint(draft.part, mask, patch.box)
    return mask


def _check_is_current(near: Mapping[int, Draft], patch: Patch, key: int | None) -> None:
    if key is not None and key in near and np.array_equal(patch.before, window(near[key].part, patch.box)):
        return
    if not np.array_equal(patch.before, _standing(near, patch)):
        raise InputError("The segmentation has changed since this correction was computed; compute it again.")


def _shrink(key: int, draft: Draft, taken: Part, new_keys: Iterator[int]) -> Drafts:
    rest = without(draft.part, taken)
    if rest is None:
        return {key: None}
    if np.count_nonzero(rest.mask) == np.count_nonzero(draft.part.mask):
        return {}
    return _divided(key, draft, pieces(rest), new_keys)


def _grow(drafts: Mapping[int, Draft | None], component: Part, key: int | None, new_keys: Iterator[int]) -> Drafts:
    contact = {k: touches(component, d.part) for k, d in drafts.items() if d is not None and (d.stands or k == key)}
    if contact.get(key):
        joined = key
    else:
        joined = max(contact, key=contact.get, default=None)
        if joined is None or not contact[joined]:
            return {next(new_keys): Draft(component, Origin.ADDED, Status.ACCEPTED)}
    draft = drafts[joined]
    return {joined: draft._replace(part=union([draft.part, component]))}
