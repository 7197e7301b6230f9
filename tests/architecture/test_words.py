"""The catalogues: whole, compiled, and with every placeholder where it was."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("de", "et", "it")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")


def catalogue(language: str) -> Catalog:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ("",))


def words_of(found: Catalog) -> dict[tuple[str, ...], list[str]]:
    """By context and message."""
    words = {}
    for message in found:
        context: str | bytes = message.context or ""  # bytes as read_mo has it
        if isinstance(context, bytes):
            context = context.decode()
        if message.id:
            words[context, *texts(message.id)] = texts(message.string)
    return words


def test_no_word_stands_within_an_f_string() -> None:
    """gettext's own reader does not look there, so that it would stay English."""
    found = []
    for room in ("callcenter", "phonebook", "telephony", "reports"):
        for file in (ROOT / room).rglob("*.py"):
            found += [
                f"{file.relative_to(ROOT)}:{text.lineno}"
                for text in ast.walk(ast.parse(file.read_text()))
                if isinstance(text, ast.JoinedStr) and any(map(_is_word, ast.walk(text)))
            ]
    assert found == []


def _is_word(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "gettext", "ngettext", "pgettext"}
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language: str) -> None:
    missing = [
        message.id
        for message in catalogue(language)
        if message.id and (message.fuzzy or not all(texts(message.string)))
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        # one of two plural forms may say the number in words
        wanted = set().union(*(PLACEHOLDER.findall(text) for text in texts(message.id)))
        for text in texts(message.string):
            found = set(PLACEHOLDER.findall(text))
            if (
                message.id
                and text
                and not (found <= wanted and (message.pluralizable or found == wanted))
            ):
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        compiled = words_of(read_mo(file))
    written = words_of(catalogue(language))
    # not the bytes: they say when they were made
    assert compiled == written, f"run: pybabel compile -D django -d locale -l {language}"
