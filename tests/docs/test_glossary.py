"""Each word of the glossary has one meaning, and each class one name."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest
from documents import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
ROWS = [
    (word, re.findall(r"`(\w+)`", classes))
    for word, classes in re.findall(
        r"^\| ([^|]+?) \| [^|]+ \|([^|]*)\|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE
    )
    if word != "word"
]
CLASSES = Counter(
    node.name
    for file in (ROOT / "schemagen").rglob("*.py")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    if isinstance(node, ast.ClassDef)
)


def test_there_is_something_to_check():
    assert len(ROWS) > 40
    assert sum(1 for _, classes in ROWS if classes) > 20
    assert len(CLASSES) > 150


def test_no_word_stands_twice():
    assert [word for word, count in Counter(word for word, _ in ROWS).items() if count > 1] == []


def test_no_class_is_named_twice():
    assert [name for name, count in CLASSES.items() if count > 1] == []


@pytest.mark.parametrize(("word", "classes"), ROWS, ids=[word for word, _ in ROWS])
def test_a_word_is_carried_by_its_classes_alone(word, classes):
    assert [name for name in classes if name not in CLASSES] == []
    name = "".join(part.capitalize() for part in word.split())
    carrying = {each for each in CLASSES if each == name}
    assert carrying <= set(classes), f"{word}: {carrying} is not in the glossary's row"
