"""Pages of the reference that are made from the code whenever the site is built, so that they cannot fall behind.

The command line is what the parser says, the model card what model.json says, and every package of icac gets a page of
its docstrings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

SOURCE = Path(__file__).resolve().parents[2] / "ICACSegmentation"
sys.path.insert(0, str(SOURCE))

from command_line import command_line_page  # noqa: E402
from icac.models import default_model  # noqa: E402
from icac.models.card import model_card  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

COMMAND_LINE, CARD = "reference/command-line.md", "reference/model-card.md"

#: How the section of the navigation is called to which the pages are added.
SECTION = "Reference"


def packages() -> list[str]:
    """Return the dotted names of icac and its packages and modules; the command line has a page of another kind."""
    folders = [path.parent.name for path in (SOURCE / "icac").glob("*/__init__.py") if path.parent.name != "cli"]
    modules = [path.stem for path in (SOURCE / "icac").glob("*.py") if not path.stem.startswith("_")]
    return ["icac", *(f"icac.{name}" for name in sorted(folders + modules))]


def text_of(package: str) -> str:
    """Return the page of a package: what it exports or, where it exports nothing, what its modules hold."""
    start = SOURCE / package.replace(".", "/") / "__init__.py"
    whole = start.is_file() and "__all__" not in start.read_text(encoding="utf-8")
    return f"# {package}\n\n::: {package}\n" + "    options:\n      show_submodules: true\n" * whole


def page_of(package: str) -> str:
    """Return the address of the page of a package within the documentation."""
    return f"reference/python/{package}.md"


def pages() -> Iterator[tuple[str, str]]:
    """Yield address and text of every page."""
    yield COMMAND_LINE, command_line_page()
    yield CARD, model_card(default_model().spec)
    for package in packages():
        yield page_of(package), text_of(package)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages to the navigation."""
    section = next(entry[SECTION] for entry in config.nav if SECTION in entry)
    section += [{"Command line": COMMAND_LINE}, {"Model card": CARD},
                {"Python": [{package: page_of(package)} for package in packages()]}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to the files of the site."""
    from mkdocs.structure.files import File

    for address, text in pages():
        files.append(File.generated(config, address, content=text))
    return files
