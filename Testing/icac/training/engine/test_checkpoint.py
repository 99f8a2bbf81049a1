from __future__ import annotations

import struct

import pytest
import torch
from icac.errors import InputError
from icac.training.engine.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "last.pt"
    save_checkpoint({"step": 3, "weights": torch.arange(6.0)}, path)
    return path


def test_what_was_saved_is_read(saved):
    found = load_checkpoint(saved)
    assert found["step"] == 3 and torch.equal(found["weights"], torch.arange(6.0))


def test_a_part_that_announces_more_than_the_file_holds_is_refused_before_room_is_made_for_it(saved, monkeypatch):
    data = bytearray(saved.read_bytes())
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, central + 20, 4 << 28, 4 << 28)  # sizes of the first part, compressed and not
    saved.write_bytes(data)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("room would be made for 1 GB"))
    with pytest.raises(InputError, match=r"last\.pt: this checkpoint is damaged"):
        load_checkpoint(saved)


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_a_cut_checkpoint_is_refused(saved, kept):
    saved.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(InputError, match="damaged"):
        load_checkpoint(saved)
