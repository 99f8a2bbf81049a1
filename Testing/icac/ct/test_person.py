import json

import numpy as np
import pydicom
import pytest
from icac.ct.person import person_of
from icac.ct.write import write_volume
from icac.geometry import Frame, Volume
from icac.norms import Person
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid


def write_header(path, **told):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", generate_uid()
    header = pydicom.Dataset()
    header.file_meta = meta
    header.SOPClassUID, header.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    header.SeriesInstanceUID, header.Modality, header.Rows, header.Columns = generate_uid(), "CT", 2, 2
    for name, value in told.items():
        setattr(header, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, header, enforce_file_format=True)


@pytest.mark.parametrize(("told", "person"), [
    ({"PatientAge": "067Y", "PatientSex": "F"}, Person(67.0, "female")),
    ({"PatientAge": "006M", "PatientSex": "M"}, Person(0.5, "male")),
    ({"PatientBirthDate": "19500702", "StudyDate": "20180701", "PatientSex": "O"}, Person(68.0, "")),
    ({"PatientBirthDate": "20300101", "StudyDate": "20180701"}, Person()),
    ({"PatientAge": "999Y"}, Person()), ({}, Person())])
def test_headers_tell_age_and_sex(tmp_path, told, person):
    write_header(tmp_path / "a" / "scan", **told)
    (tmp_path / "a" / "read me.txt").write_text("no scan")
    for number in range(60):
        (tmp_path / "a" / f"._{number}").write_bytes(b"left by another system")
    assert person_of(tmp_path) == person


def test_of_several_people_in_a_folder_the_series_tells_which(tmp_path):
    for number, (series, age) in enumerate((("1.2.1", "031Y"), ("1.2.2", "072Y"))):
        write_header(tmp_path / f"{number}", SeriesInstanceUID=series, PatientAge=age)
    assert person_of(tmp_path, "1.2.2") == Person(72.0, "")
    assert person_of(tmp_path, "1.2.1") == Person(31.0, "")
    assert person_of(tmp_path, "1.2.3") == Person()


def test_the_file_beside_an_image_tells(tmp_path):
    frame = Frame.regular((1, 1, 1), (4, 4, 4))
    path = write_volume(Volume(np.zeros(frame.shape, np.int16), frame), tmp_path / "ct.nii.gz")
    assert person_of(path) == Person()
    (tmp_path / "ct.json").write_text(json.dumps({"PatientAge": "071Y", "PatientSex": "M", "KVP": 120}))
    assert person_of(path) == Person(71.0, "male")
    assert person_of(tmp_path / "none") == Person()
