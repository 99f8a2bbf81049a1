import numpy as np
import pytest
from icac.errors import InputError
from icac.trainingset.cases import read_case, read_label


@pytest.fixture
def case(tmp_path):
    hu = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    np.savez_compressed(tmp_path / "a.npz", hu=hu, label=(hu > 50).astype(np.uint8))
    return tmp_path / "a.npz", hu


def test_reads_what_was_written(case):
    path, hu = case
    assert np.array_equal(read_case(path).hu, hu)
    assert np.array_equal(read_label(path), hu > 50)


def test_no_flipped_bit_passes_as_another_case(case):
    """Every byte in turn is damaged: the case is read as it was, or a sentence says that it is damaged."""
    path, hu = case
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x41
        path.write_bytes(damaged)
        try:
            read = read_case(path)
        except InputError as error:
            refused += 1
            assert str(path) in str(error)
        else:
            assert np.array_equal(read.hu, hu)
            assert np.array_equal(read.label, hu > 50)
    assert refused > len(whole) / 2


def test_a_file_cut_short_is_refused(case):
    path, _ = case
    whole = path.read_bytes()
    for length in range(0, len(whole), 11):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match="cannot be read"):
            read_label(path)


def test_arrays_that_do_not_fit(tmp_path):
    np.savez(tmp_path / "a.npz", hu=np.zeros((2, 3, 4), np.int16), label=np.zeros((2, 3, 5), np.uint8))
    with pytest.raises(InputError, match="not volumes of one size"):
        read_case(tmp_path / "a.npz")
