"""Every command of the documentation exists as it is written, and those that are marked to be run do run.

A command is a line of a fenced block that begins with ``icac``; a block of Python is one, too. A block that is run here
has a comment on the line before it, which no reader sees: ``<!-- run -->``, or ``<!-- run: after demo -->`` if it needs
what ``icac demo -o demo_results`` leaves, or the scan of the demo in other forms. Of commands in the running text the
options exist.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from icac.cli import COMMANDS, build_parser, main
from icac.cli.train import prepare_training

DEMO = ["demo", "-o", "demo_results"]

REPOSITORY = Path(__file__).resolve().parents[2]

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]

#: Languages of blocks in which commands stand.
_SHELL = ("", "sh", "bash")

_BLOCK = re.compile(r"(?:^<!-- run(?P<run>[^>]*) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
                    re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block with commands.

    Attributes
    ----------
    page : str
        Path within the repository.
    line : int
        Where the block begins.
    run : str or None
        None if it is not run; else what stands behind ``run``, such as ``after demo``.
    commands : list of list of str
        The words of each command, without ``icac`` itself.
    python : str
        The program of a block of Python; else empty.

    """

    page: str
    line: int
    run: str | None
    commands: list[list[str]]
    python: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    """Return all blocks with commands or Python, page by page."""
    return [block for page in PAGES for block in _of_page(page)]


def _of_page(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        language = match["language"].strip()
        commands = commands_of(match["text"]) if language in _SHELL else []
        python = match["text"] if language == "python" else ""
        if commands or python:
            yield Block(page.relative_to(REPOSITORY).as_posix(), text[:match.start()].count("\n") + 1,
                        None if match["run"] is None else match["run"].strip(": "), commands, python)


def commands_of(text: str) -> list[list[str]]:
    """Return the words of the commands of ``icac`` in lines of a shell, without ``icac`` itself."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            found += [words[1:end]] if words[0] == "icac" else []
            words = words[end + 1:]
    return found


BLOCKS = blocks()
COMMAND_LINES = [pytest.param(words, id=f"{block}: icac {' '.join(words[:2])}")
                 for block in BLOCKS for words in block.commands]


def parsed(words: list[str], capsys) -> argparse.Namespace:
    """Return the options of a command; the test fails with the parser's own sentence where it is none."""
    try:
        return build_parser().parse_args(words)
    except SystemExit as exit_:
        if exit_.code:
            pytest.fail(f"icac {shlex.join(words)}\n{capsys.readouterr().err}")
        return argparse.Namespace(command="help")


def test_commands_are_found_where_they_stand():
    text = "cd x && icac demo -o a  # try\nicac train release --data 'a b' \\\n    --set x=1\npython -m pytest\n"
    assert commands_of(text) == [["demo", "-o", "a"], ["train", "release", "--data", "a b", "--set", "x=1"]]
    assert {block.page for block in BLOCKS} >= {"README.md", "docs/tutorials/trainer.md", "docs/how-to/install.md"}


@pytest.mark.parametrize("words", COMMAND_LINES)
def test_command_is_one_of_the_command_line(words, capsys):
    options = parsed(words, capsys)
    if hasattr(options, "overrides"):
        options.threads = None  # it would hold for the rest of the tests
        prepare_training(options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_commands_named_in_the_text_exist(page):
    named = {match[1] for match in re.finditer(r"`icac\s+([^`\s]+)", page.read_text(encoding="utf-8"))}
    assert {name for name in named if not name.startswith("-")} <= {*COMMANDS, "COMMAND"}


def parser_of(words: list[str]) -> argparse.ArgumentParser:
    """Return the parser of a command and its action, as far as the words name them."""
    parser = build_parser()
    for word in words:
        actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        if not actions or word not in actions[0].choices:
            break
        parser = actions[0].choices[word]
    return parser


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_options_of_commands_in_the_text_exist(page):
    for text in re.findall(r"(?<!`)`icac\s+([^`]+)`(?!`)", page.read_text(encoding="utf-8")):
        words = text.split()
        named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert named <= {*parser_of(words)._option_string_actions, *build_parser()._option_string_actions}, text


def runnable(run: str) -> list[Block]:
    return [block for block in BLOCKS if block.run == run]


def run_block(block: Block) -> None:
    """Run what stands in a block."""
    for words in block.commands:
        assert main(words) == 0, words
    exec(compile(block.python, str(block), "exec"), {})


def test_marks_of_blocks_are_known():
    assert {block.run for block in BLOCKS} == {None, "", "after demo"}


@pytest.mark.parametrize("block", runnable(""), ids=str)
def test_block_runs(block, workspace):
    run_block(block)


@pytest.mark.slow
def test_the_main_job_is_the_one_that_the_pages_show(demo_results):
    assert DEMO in [words for block in BLOCKS if block.page == "README.md" for words in block.commands]
    assert DEMO in [words for block in BLOCKS if block.page == "docs/tutorials/radiologist.md"
                    for words in block.commands]
    assert (demo_results / "simulated_ct.nii.gz").is_file() and (demo_results / "report.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("block", runnable("after demo"), ids=str)
def test_block_runs_after_the_demo(block, workspace_with_demo):
    run_block(block)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.python], ids=str)
def test_python_is_python(block):
    compile(block.python, str(block), "exec")
