import pytest
from icac.errors import InputError
from icac.worklist.table import cases_of_table


@pytest.fixture
def write(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz", "a_roi.nrrd"):
        (tmp_path / name).touch()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "report.json").touch()

    def write_table(*lines, encoding="utf-8"):
        path = tmp_path / "cases.csv"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return write_table


def test_reads_named_columns(write, tmp_path):
    path = write("notes,case,image,roi,result,patient,split", "x,A,a.nii.gz,a_roi.nrrd,run/report.json,p1,val", "",
                 f"y,B,{tmp_path / 'b.nii.gz'},,,,")
    first, second = cases_of_table(path).cases
    assert (first.name, first.image, first.roi, first.result, first.patient, first.split) == (
        "A", tmp_path / "a.nii.gz", tmp_path / "a_roi.nrrd", tmp_path / "run", "p1", "validation")
    assert (second.name, second.image, second.roi, second.result, second.patient, second.split) == (
        "B", tmp_path / "b.nii.gz", None, None, "", "")


def test_reads_what_spreadsheets_write(write, tmp_path):
    path = write("CT;Manual", '"a.nii.gz";a_roi.nrrd', "b.nii.gz;", encoding="utf-8-sig")
    found = [(case.name, case.roi) for case in cases_of_table(path).cases]
    assert found == [("a", tmp_path / "a_roi.nrrd"), ("b", None)]


@pytest.mark.parametrize(("lines", "words"), [
    (["scan_no,file", "1,a.nii.gz"], r"no column 'image'; its first line must name it \(there is: scan_no, file\)"),
    (["image"], "names no case"),
    ([""], r"no column 'image'.*\(there is: nothing\)"),
    (["image,ct", "a.nii.gz,a.nii.gz"], "columns 'image' and 'ct', which mean the same"),
    (["case,image", "A,a.nii.gz", "B,"], "line 3: the column 'image' is empty"),
    (["case,image", "A,c.nii.gz"], "line 2: .*c.nii.gz does not exist; correct the column 'image'"),
    (["case,image,manual", 'A,a.nii.gz,"x.nrrd"'], "x.nrrd does not exist; correct the column 'manual'"),
    (["case,image", "A,a.nii.gz", "A,b.nii.gz"], "names case 'A' more than once"),
    (["case,image", "A,a.nii.gz", "a,b.nii.gz"], "'A' and 'a', which differ only in capital letters"),
    (["case,image", "A,a.nii.gz,b"], "line 2: there are more values than columns"),
    (["case,image,split", "A,a.nii.gz,half"], "line 2: split 'half' is not one of")])
def test_faults_are_named(write, lines, words):
    with pytest.raises(InputError, match=words):
        cases_of_table(write(*lines))


def test_files_that_are_no_table(write, tmp_path):
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    with pytest.raises(InputError, match="is not a text"):
        cases_of_table(tmp_path / "picture.csv")
    with pytest.raises(InputError, match="cannot be read"):
        cases_of_table(tmp_path / "none.csv")


def test_columns_declare_fields(write):
    path = write("image;Quality:good|Poor;stenosis:number 0..100;stent:yes/no;hospital;odd:colour",
                 "a.nii.gz;POOR;12,5;Y;x;", "b.nii.gz;;;;;")
    found = cases_of_table(path)
    assert [one.declaration for one in found.fields] == ["Quality:good|Poor", "stenosis:number 0..100", "stent:yes/no"]
    assert found.cases[0].presets == {"Quality": "Poor", "stenosis": "12.5", "stent": "yes"}
    assert found.cases[1].presets == {}
    assert "'odd:colour' declares no field" in found.notes[0]


@pytest.mark.parametrize(("column", "value", "message"), [
    ("quality:good|poor", "bad", "'quality' is one of good, poor, not 'bad'"),
    ("teeth:integer 0..32", "33", "'teeth' lies between 0 and 32, not at 33"),
    ("teeth:integer", "1.5", "'teeth' is a whole number"), ("age:number", "nan", "'age' is a number"),
    ("stent:yes/no", "perhaps", "'stent' is yes or no")])
def test_values_that_a_field_cannot_have(write, column, value, message):
    with pytest.raises(InputError, match=rf"line 2: {message}"):
        cases_of_table(write(f"image,{column}", f"a.nii.gz,{value}"))
