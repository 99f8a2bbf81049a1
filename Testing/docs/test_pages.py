"""What the documentation points to is there, and the house says one version."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import icac.cli
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT_PAGES = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*ROOT_PAGES, *sorted((REPOSITORY / "docs").rglob("*.md"))]

#: A file of the repository, not part of an address.
_FILE = re.compile(r"(?<![\w/])(?:Testing|ICACSegmentation|Resources|\.ci)/[\w./-]+\.\w+\b")

#: Target of a link or a picture, without what is fetched from elsewhere.
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def hook(name: str):
    """Return a module of docs/hooks."""
    path = REPOSITORY / "docs" / "hooks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"hooks_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings_of_the_repository(page):
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{name_of(page)} points to {target}"
        assert not anchor or anchor in anchors(path), f"{name_of(page)} points to {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_named_in_the_text_exist(page):
    missing = [name for name in _FILE.findall(page.read_text(encoding="utf-8")) if not (REPOSITORY / name).exists()]
    assert not missing


def test_at_least_ten_rules_have_one_home():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    homes = re.findall(r"^\| .+ \| `(ICACSegmentation/icac/[\w/]+\.py)` \|$", text, re.MULTILINE)
    assert len(homes) >= 10 and len(set(homes)) == len(homes)


def test_every_page_is_in_the_navigation():
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"[\w./-]+\.md", text[text.index("\nnav:"):]))
    written = {page.relative_to(REPOSITORY / "docs").as_posix() for page in PAGES if page not in ROOT_PAGES}
    assert named == written


def test_readme_is_one_screen_and_a_half():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 90
    assert len(re.findall(r"^python3 -m venv ", readme, re.MULTILINE)) == 2


def test_package_citation_and_changes_say_one_version():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    changes = re.findall(r"^## \[(\d[\w.]*)\]", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert icac.__version__ == citation["version"] == changes[0]


def test_command_line_page_holds_every_command():
    page = hook("command_line").command_line_page()
    for command in (*icac.cli.COMMANDS, "cohort run", "model card"):
        assert f"## icac {command}\n" in page


def test_pictures_are_linked_from_pages_of_any_depth():
    rewrite = hook("pictures").on_page_markdown
    assert rewrite("![a](../Resources/Screenshots/a.png)") == "![a](screenshots/a.png)"
    assert rewrite("![a](../../Resources/Screenshots/a.png)") == "![a](../screenshots/a.png)"
    assert rewrite("![a](../../elsewhere/a.png)") == "![a](../../elsewhere/a.png)"
