"""The code in the documentation is code that is tested.

A fenced block whose info string names a file after the language, as ```go tests/go/client.go does,
must stand in that file line by line. It may be indented less.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Quote(NamedTuple):
    """A block of a page and the file that it says it is from."""

    page: str
    source: str
    text: str


def quotes() -> list[Quote]:
    return [
        Quote(page.name, source, text)
        for page in sorted((ROOT / "docs").glob("**/*.md"))
        for _, source, text in FENCE.findall(page.read_text())
    ]


def stands_in(text: str, source: str) -> bool:
    """Whether the lines stand in the source one after the other, indented alike."""
    size = text.count("\n")
    lines = source.splitlines(keepends=True)
    windows = ("".join(lines[start : start + size]) for start in range(len(lines) - size + 1))
    return any(textwrap.dedent(window) == text for window in windows)


@pytest.mark.parametrize("quote", quotes(), ids=lambda quote: f"{quote.page}: {quote.source}")
def test_a_quote_stands_in_its_source(quote: Quote) -> None:
    source = ROOT / quote.source
    assert source.is_file(), f"{quote.source} is no file"
    assert stands_in(quote.text, source.read_text()), f"not in {quote.source}:\n{quote.text}"


@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust"])
def test_every_language_quotes_its_client(language: str) -> None:
    quoted = [quote for quote in quotes() if quote.page == f"calling-from-{language}.md"]
    assert len(quoted) >= 7
    assert all(quote.source.startswith(f"tests/{language}/") for quote in quoted)


def test_what_was_changed_is_no_quote() -> None:
    source = "def f():\n    if a:\n        b()\n    c()\n"
    assert stands_in("if a:\n    b()\n", source)
    assert not stands_in("if a:\n    c()\n", source)
    assert not stands_in("if a:\nb()\n", source)
    assert not stands_in("if a:\n    b()\n    d()\n", source)
