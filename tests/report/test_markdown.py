"""Text in Markdown."""

from __future__ import annotations

import re

import pytest
from drift_samples import TEXTS
from hypothesis import given
from markdown_it import MarkdownIt

from schemagen.report.markdown import cell, line

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _read(inline):
    """Give the text of what was read, without backticks; fails on any markup but that of code."""
    read = ""
    for token in inline.children:
        if token.type == "html_inline":
            assert token.content in {"<code>", "</code>"}
        else:
            assert token.type in {"text", "text_special"}
            read += token.content.replace("`", "").replace("\u200b", "")
    return " ".join(read.split())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain text, 1.5 (x)", "plain text, 1.5 (x)"),
        ("a|b", "a\\|b"),
        ("a\\|b", "a\\\\\\|b"),
        ("two\nlines", "two lines"),
        ("<b>&lt;</b>", "&lt;b&gt;&amp;lt;&lt;/b&gt;"),
        ("[a](b) `c` *d* _e_ ~f~", "\\[a\\](b) <code>c</code> \\*d\\* \\_e\\_ \\~f\\~"),
        ("`a|@b` `c", "\\`a\\|@&#8203;b\\` \\`c"),
        ("`@a|b_` ``", "\\`@&#8203;a\\|b\\_\\` \\`\\`"),
        ("is `@a|b_` <", "is <code>@a\\|b\\_</code> &lt;"),
        ("@you #1 a@b # @", "@&#8203;you #&#8203;1 a@&#8203;b # @"),
    ],
)
def test_markup_is_escaped(text, written):
    assert cell(text) == written


@given(TEXTS)
def test_a_cell_is_read_as_the_text_and_nothing_else(text):
    tokens = READER.parse(f"| head |\n|---|\n| x {cell(text)} |\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) == 2
    wanted = re.sub("[`\u200b]", "", f"x {text}").replace("\0", "\ufffd")
    assert _read(inline[1]) == " ".join(wanted.split())


@pytest.mark.parametrize(
    "text",
    [
        "0.",
        "12) x",
        " - x",
        "\t- x",
        "- x",
        "+ x",
        "# x",
        "## x",
        "* x",
        "---",
        "===",
        "> x",
        "-",
        "1.5 x",
        "x",
    ],
)
def test_no_line_begins_a_block(text):
    for written in (line(text), f"* {line(text)}", f"before\n{line(text)}"):
        blocks = {token.type for token in READER.parse(written)}
        assert blocks <= {
            *("paragraph_open", "inline", "paragraph_close"),
            *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
        }
        assert sum(token.type == "list_item_open" for token in READER.parse(written)) <= 1
    assert "".join(child.content for child in READER.parse(line(text))[1].children) == text.strip()


@given(TEXTS)
def test_a_line_is_read_as_the_text_and_nothing_else(text):
    tokens = READER.parse(f"* {line(text)}\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) <= 1
    assert {token.type for token in tokens} <= {
        *("paragraph_open", "inline", "paragraph_close"),
        *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
    }
