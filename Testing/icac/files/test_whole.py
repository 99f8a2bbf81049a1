import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from icac.errors import InputError, OutputError
from icac.files import read_csv, read_json, sweep, whole_file, whole_folder, write_csv, write_json
from icac.files.whole import TEMPORARY

REPOSITORY = Path(__file__).resolve().parents[3]
LIBRARY = REPOSITORY / "ICACSegmentation"


def left_overs(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(TEMPORARY)]


def test_a_file_is_replaced_only_when_all_is_written(tmp_path):
    path = tmp_path / "new" / "table.nii.gz"
    with whole_file(path) as temporary:
        assert temporary.name.endswith(".nii.gz")
        temporary.write_text("first")
        assert not path.exists()
    with pytest.raises(KeyError), whole_file(path) as temporary:
        temporary.write_text("second, cut sh")
        raise KeyError
    assert path.read_text() == "first"
    assert not left_overs(path.parent)


def test_errors_of_the_disk_become_one_sentence_and_keep_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, [1])
    with pytest.raises(OutputError, match=r"a\.json cannot be written \(No space left on device\); check"), \
            whole_file(path) as temporary:
        temporary.write_text("[2")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert read_json(path) == [1]
    with pytest.raises(OutputError, match="b cannot be written"), whole_file(tmp_path / "b"):
        pass  # nothing was written
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_takes_the_place_of_another_in_one_step(tmp_path):
    target = tmp_path / "model"
    for name in ("one", "two"):
        with whole_folder(target) as temporary:
            (temporary / name).touch()
    assert [p.name for p in target.iterdir()] == ["two"]
    with pytest.raises(KeyError), whole_folder(target) as temporary:
        (temporary / "three").touch()
        raise KeyError
    assert [p.name for p in target.iterdir()] == ["two"]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_what_a_killed_process_leaves_is_swept_and_nothing_else(tmp_path):
    code = (f"import sys, os, signal; sys.path.insert(0, {str(LIBRARY)!r})\n"
            "from icac.files import whole_file\n"
            f"with whole_file({str(tmp_path / 'x.csv')!r}) as temporary:\n"
            "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n")
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("this system cannot kill a process without warning")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    (tmp_path / "mine.csv").touch()
    assert len(left_overs(tmp_path)) == 1
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.csv"]


def test_json_has_no_word_for_nan_and_damaged_files_are_none(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", float("nan"))
    assert not (tmp_path / "x.json").exists()
    (tmp_path / "cut.json").write_text('{"a": [1,')
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert read_json(tmp_path / "cut.json") is read_json(tmp_path / "deep.json") is read_json(tmp_path / "no") is None
    assert json.loads((write_json(tmp_path / "ä.json", {"ä": 1})).read_text(encoding="utf-8")) == {"ä": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_are_read_as_spreadsheets_of_all_countries_write_them(tmp_path, encoding, delimiter):
    text = f"Case {delimiter}IMAGE\r\nMüller{delimiter} a b.nii\r\n{delimiter}\r\nzwei{delimiter}\"x{delimiter}y\"\r\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    table = read_csv(tmp_path / "t.csv")
    assert table.columns == ("Case", "IMAGE")
    assert [dict(row) for row in table.rows] == [{"case": "Müller", "image": "a b.nii"},
                                                 {"case": "zwei", "image": f"x{delimiter}y"}]
    assert [row.line for row in table.rows] == [2, 4]


def test_a_table_with_too_many_values_or_no_text_is_refused_by_its_line(tmp_path):
    (tmp_path / "t.csv").write_text("case,image\na,b\nc,d,e\n")
    with pytest.raises(InputError, match=r"t\.csv, line 3: there are more values than columns"):
        read_csv(tmp_path / "t.csv")
    (tmp_path / "b.csv").write_bytes(b"\x00\x01\x02")
    with pytest.raises(InputError, match="is not a text"):
        read_csv(tmp_path / "b.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path / "none.csv")


def test_a_table_is_written_in_the_order_of_its_columns(tmp_path):
    write_csv(tmp_path / "t.csv", ("b", "a"), [{"a": 1, "b": None, "c": 3}, {"b": "x,y"}])
    assert (tmp_path / "t.csv").read_text() == 'b,a\n,1\n"x,y",\n'


def test_nobody_else_renames_files():
    """One way to write: renames, and the temporary names before them, live in ``icac.files`` alone."""
    renames = re.compile(r"\bos\.(replace|rename)\(|tempfile\.(mkstemp|NamedTemporaryFile)|\.partial\b|\.part\"")
    found = [f"{path.relative_to(LIBRARY)}: {line.strip()}" for path in sorted(LIBRARY.rglob("*.py"))
             if path.parent != LIBRARY / "icac" / "files"
             for line in path.read_text(encoding="utf-8").splitlines() if renames.search(line)]
    assert found == []
