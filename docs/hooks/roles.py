"""Docstrings name other parts of the code by roles (:class:`Frame`), which Markdown does not know: keep the names."""

from __future__ import annotations

import re

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):(?=<code>)")


def on_page_content(html: str, **_: object) -> str:
    """Take the roles out of a page, and leave the names they mark."""
    return _ROLE.sub("", html)
