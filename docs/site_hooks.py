"""Hooks of the site: a link to a file outside docs/ leads to it in the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

_OUTSIDE = re.compile(r"\]\(\.\./([^)]+)\)")


def on_page_markdown(markdown: str, *, config: MkDocsConfig, **_: Any) -> str:
    """Return the page's text, its links out of docs/ as links into the repository."""
    return _OUTSIDE.sub(rf"]({config.repo_url}/blob/main/\1)", markdown)
