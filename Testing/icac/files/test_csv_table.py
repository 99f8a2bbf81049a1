"""Tables as spreadsheets of all countries save them."""

from __future__ import annotations

import pytest
from icac.errors import InputError
from icac.files import read_csv

TEXT = "Path;Subject\nM\u00fcller.nii;1\nb,c.nii;2\n"


def rows(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return [(row["path"], row["subject"], row.line) for row in read_csv(path).rows]


@pytest.mark.parametrize("content", [
    TEXT, TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode("cp1252"), TEXT.replace("\n", "\r\n"),
    TEXT.replace("1\n", "1;;\n"), TEXT + ";\n"])
def test_separators_encodings_and_empty_cells(tmp_path, content):
    assert rows(tmp_path / "t.csv", content) == [("M\u00fcller.nii", "1", 2), ("b,c.nii", "2", 3)]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_first_line_that_tells_the_separator(tmp_path, separator):
    content = f"SEP={separator}\r\n" + "path|subject\r\na.nii|1\r\n".replace("|", separator)
    assert rows(tmp_path / "t.csv", content) == [("a.nii", "1", 3)]


@pytest.mark.parametrize(("content", "words"), [
    ("path,subject,PATH\na,1,b\n", "two columns 'path'"), ("path,subject\na,1,b\n", "line 2: there are more values"),
    ("sep=,\npath,subject\na,1,b\n", "line 3: there are more values"), (b"path\0\n", "not a text")])
def test_what_leaves_doubt_is_refused(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        rows(tmp_path / "t.csv", content)
