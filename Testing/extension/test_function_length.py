"""Functions are short: half of them have at most six lines of code, and none more than fifty."""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "ICACSegmentation"

LONGEST, MEDIAN = 50, 6

#: What makes no line a line of code.
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lengths(text: str) -> Iterator[tuple[str, int]]:
    """Yield name and lines of code of each function: without its signature, docstring, comments and empty lines."""
    code = {line for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in _SILENT
            for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node.name, sum(1 for part in body for line in range(part.lineno, part.end_lineno + 1) if line in code)


def test_lines_of_code_are_counted():
    text = ('def f(a,\n      b):\n    """Say\n    it."""\n\n    # why\n    c = (a +\n         b)\n\n    return c\n\n\n'
            'def g():\n    """G."""\n')
    assert list(lengths(text)) == [("f", 3), ("g", 0)]


def test_functions_are_short():
    found = [(count, f"{path.name} {name}") for path in MODULE.rglob("*.py")
             for name, count in lengths(path.read_text(encoding="utf-8"))]
    assert [name for count, name in found if count > LONGEST] == []
    assert statistics.median(count for count, _ in found) <= MEDIAN
