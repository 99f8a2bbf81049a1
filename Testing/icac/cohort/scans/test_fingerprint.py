from __future__ import annotations

import json

import pytest
from icac.cohort.scans.fingerprint import list_files


def files(path) -> list[str]:
    return [name for name, _, _ in list_files(path).files]


def known(path) -> tuple[str, str]:
    """Return by what a scan is known: quickly, and surely."""
    listing = list_files(path)
    return listing.fingerprint, listing.content_sha256()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".NII.GZ", ".nrrd", ".mha"])
def test_the_json_file_of_its_name_belongs_to_an_image_and_no_other(tmp_path, suffix):
    image = tmp_path / f"sub-1_ct.x{suffix}"
    for path in (image, tmp_path / "other.json", tmp_path / "sub-1_ct.json", tmp_path / "other.nii"):
        path.write_bytes(b"x")
    seen = [known(image)]
    assert files(image) == [image.name]
    for kvp in (120, 80):
        (tmp_path / "sub-1_ct.x.json").write_text(json.dumps({"KVP": kvp}))
        seen.append(known(image))
    assert files(image) == sorted([image.name, "sub-1_ct.x.json"])
    assert [len(set(each)) for each in zip(*seen, strict=True)] == [3, 3]


def test_copies_under_other_names_are_the_same_with_the_same_sidecar_only(tmp_path):
    for name, kvp in (("a", 120), ("b", 120), ("c", 100)):
        (tmp_path / f"{name}.nii").write_bytes(b"x")
        (tmp_path / f"{name}.json").write_text(json.dumps({"KVP": kvp}))
    first, copy, other = (list_files(tmp_path / f"{name}.nii") for name in "abc")
    assert (first.content_sha256(), first.sample_sha256()) == (copy.content_sha256(), copy.sample_sha256())
    assert first.content_sha256() != other.content_sha256()


def test_names_that_leave_no_room_for_that_of_a_sidecar(tmp_path):
    image = tmp_path / f"{'a' * 251}.nii"
    image.write_bytes(b"x")
    assert files(image) == [image.name]
