"""Text in Markdown."""

from __future__ import annotations

import pytest
from drift_samples import TEXTS
from hypothesis import given
from markdown_it import MarkdownIt

from schemagen.report.markdown import cell, line

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain text, 1.5 (x)", "plain text, 1.5 (x)"),
        ("a|b", "a\\|b"),
        ("a\\|b", "a\\\\\\|b"),
        ("two\nlines", "two lines"),
        ("<b>&lt;</b>", "&lt;b&gt;&amp;lt;&lt;/b&gt;"),
        ("[a](b) `c` *d* _e_ ~f~", "\\[a\\](b) \\`c\\` \\*d\\* \\_e\\_ \\~f\\~"),
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
    assert {child.type for child in inline[1].children} <= {"text", "text_special"}
    read = "".join(child.content for child in inline[1].children)
    wanted = f"x {' '.join(text.split())}".strip().replace("\0", "\ufffd")
    assert read.replace("\u200b", "") == wanted.replace("\u200b", "")


@pytest.mark.parametrize(
    "text",
    ["0.", "12) x", "- x", "+ x", "# x", "## x", "* x", "---", "===", "> x", "-", "1.5 x", "x"],
)
def test_no_line_begins_a_block(text):
    for written in (line(text), f"* {line(text)}", f"before\n{line(text)}"):
        blocks = {token.type for token in READER.parse(written)}
        assert blocks <= {
            *("paragraph_open", "inline", "paragraph_close"),
            *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
        }
        assert sum(token.type == "list_item_open" for token in READER.parse(written)) <= 1
    assert "".join(child.content for child in READER.parse(line(text))[1].children) == text


@given(TEXTS)
def test_a_line_is_read_as_the_text_and_nothing_else(text):
    tokens = READER.parse(f"* {line(text)}\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) <= 1
    assert {token.type for token in tokens} <= {
        *("paragraph_open", "inline", "paragraph_close"),
        *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
    }
