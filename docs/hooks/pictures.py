"""Pictures lie once, in Resources/Screenshots: pages link to them there, as they are read in the repository too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

FOLDER = "Resources/Screenshots"
PICTURES = Path(__file__).resolve().parents[2] / FOLDER

#: Where they lie in the site.
ADDRESS = "screenshots"

#: The way from a page up to the folder of the documentation, and one step beyond it to the repository.
_LINK = re.compile(rf"\]\(((?:\.\./)*)\.\./{FOLDER}/")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures to the files of the site."""
    from mkdocs.structure.files import File

    for path in sorted(PICTURES.glob("*.png")):
        files.append(File.generated(config, f"{ADDRESS}/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Point links to pictures of the repository to those of the site."""
    return _LINK.sub(rf"](\1{ADDRESS}/", markdown)
