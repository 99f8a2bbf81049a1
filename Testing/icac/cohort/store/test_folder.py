from __future__ import annotations

import pytest
from icac.cohort.scans.scan_input import ScanInput
from icac.cohort.store.folder import RECORD, Store
from icac.errors import OutputError
from icac.files.lock import locked

SCAN = ScanInput("/data/1.nii.gz", "1", "2")


def commit(store: Store, key: str = "ab12", text: str = "mask") -> None:
    folder = store.new_folder(SCAN)
    (folder / "mask").write_text(text)
    store.commit(folder, SCAN, record(key))


def record(key: str) -> dict:
    return {"name": SCAN.name, "key": key, "identity_sha256": "i", "fingerprint": "f", "source": SCAN.to_dict(),
            "files": {"mask": "mask"}, "row": {}, "lesions": [], "seconds": {}}


def test_a_result_appears_in_one_step_and_is_found_by_its_key(tmp_path):
    store = Store(tmp_path).begin_run()
    assert store.record(SCAN) is None
    commit(store)
    assert store.record(SCAN)["key"] == "ab12"
    assert store.find_key("ab12") == "sub-1/ses-2/ct"
    assert store.find_key("cd34") is None
    store.end_run()
    assert sorted(p.name for p in (tmp_path / SCAN.folder).iterdir()) == ["mask", RECORD]
    assert not list((tmp_path / ".cohort" / "runs").iterdir())


def test_a_result_with_another_key_is_replaced(tmp_path):
    store = Store(tmp_path).begin_run()
    commit(store)
    commit(store, "cd34", "new")
    assert (tmp_path / SCAN.folder / "mask").read_text() == "new"
    assert store.find_key("ab12") is None


def test_what_somebody_keeps_in_the_folder_of_a_result_stays(tmp_path):
    folder = tmp_path / SCAN.folder
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "of mine.txt").write_text("mine")
    (folder / f"{SCAN.name}_desc-icac_probseg.nii.gz").write_text("of an earlier result")
    store = Store(tmp_path).begin_run()
    for key, text in (("ab12", "mask"), ("cd34", "new")):
        commit(store, key, text)
        assert (folder / "mask").read_text() == text and store.record(SCAN)["key"] == key
        assert store.is_whole(SCAN.folder, store.record(SCAN))
    store.end_run()
    assert sorted(path.name for path in folder.iterdir()) == ["mask", "notes", RECORD]
    assert (folder / "notes" / "of mine.txt").read_text() == "mine"


@pytest.mark.parametrize("harm", [lambda mask: mask.write_bytes(b""), lambda mask: mask.write_text("mas"),
                                  lambda mask: mask.unlink()])
def test_a_result_that_was_cut_or_removed_later_is_not_whole(tmp_path, harm):
    store = Store(tmp_path).begin_run()
    commit(store)
    assert store.is_whole(SCAN.folder, store.record(SCAN))
    harm(tmp_path / SCAN.folder / "mask")
    assert not store.is_whole(SCAN.folder, store.record(SCAN))
    assert store.find_key("ab12") is None


@pytest.mark.parametrize("text", ["", "[]", "3", '{"identity_sha256": 1}', '{"key": "ab12"}'])
def test_a_damaged_record_is_none(tmp_path, text):
    store = Store(tmp_path).begin_run()
    commit(store)
    (tmp_path / SCAN.folder / RECORD).write_text(text)
    assert store.record(SCAN) is None
    (tmp_path / ".cohort" / "cohort.json").write_text(text)
    with pytest.raises(OutputError, match="holds no results"):
        store.load_cohort()


def test_a_worker_that_outlives_its_run_can_finish_nothing(tmp_path):
    old = Store(tmp_path).begin_run()
    folder = old.new_folder(SCAN)
    (folder / "mask").write_text("half")
    Store(tmp_path).begin_run()
    with pytest.raises(OutputError, match="are missing"):
        old.commit(folder, SCAN, {"key": "ab12", "files": {}})
    with pytest.raises(OutputError, match="are missing"):
        old.commit(folder, SCAN, {"key": "ab12", "files": {"mask": "mask"}})
    assert not (tmp_path / "sub-1").exists()


def test_a_result_whose_files_are_missing_is_not_taken(tmp_path):
    store = Store(tmp_path).begin_run()
    with pytest.raises(OutputError, match="overview"):
        store.commit(store.new_folder(SCAN), SCAN, {"key": "ab", "files": {"overview": "overview.png"}})
    assert store.record(SCAN) is None


def test_a_dataset_of_others_is_left_alone(tmp_path):
    described = tmp_path / "dataset_description.json"
    described.write_text('{"Name": "Mine", "BIDSVersion": "1.8.0", "DatasetType": "raw"}')
    with pytest.raises(OutputError, match="is a dataset of other files"):
        Store(tmp_path).begin_run()
    assert list(tmp_path.iterdir()) == [described]
    described.write_text('{"GeneratedBy": [{"Name": "icac", "Version": "0.1"}]}')
    Store(tmp_path).begin_run()


def test_one_run_at_a_time(tmp_path):
    with (locked(tmp_path), pytest.raises(OutputError, match="Another run"),
          locked(tmp_path)):
        pass
    with locked(tmp_path):
        pass


def test_a_folder_without_a_cohort_is_said_to_be_none(tmp_path):
    with pytest.raises(OutputError, match="holds no results of 'icac cohort run'"):
        Store(tmp_path).load_cohort()
