"""Whatever text the API takes, its schema says so: nulls, halves of characters, blanks, lengths."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.validation import validate_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from callcenter.accounts.api import WordsField

PROBES = [
    "", " ", "\t\n", "\0", "a\0b", " a ", "a ", "\x1c", "\x1f", "\x7f", "\x85", "\u00a0",
    "\u1680", "\u2003", "\u2028", "\u3000", "\ufeff", "\u200b", "Ääkkönen", "\N{GRINNING FACE}",
    "1", "1-1", "0", "mari", "a\nb", "1\n",
]  # fmt: skip
MAKER: Any = SchemaGenerator  # it and its kin have no types
HALF = "a\ud800b"


def asked() -> Iterator[tuple[str, Any, Any]]:
    """Every serializer that reads a request, of a body and of an address, with where."""
    generator = MAKER()
    generator.parse(None, True)
    for path, _regex, method, view in generator._get_paths_and_endpoints():
        view.request = None
        schema: Any = view.schema
        if not isinstance(schema, AutoSchema):
            continue
        schema.method, schema.path, schema.path_regex = method, path, _regex
        schema.path_prefix = ""
        schema.registry, schema.view = generator.registry, view
        found: list[Any] = [one for one in schema.get_override_parameters() if is_serializer(one)]
        if method in ("POST", "PUT", "PATCH"):
            found.append(schema.get_request_serializer())
        for one in found:
            if is_serializer(one):
                yield f"{method} {path}", schema, one() if isinstance(one, type) else one


def test_the_schema_is_made_without_a_warning() -> None:
    """A warning is a name that a generated client would carry: two things, or one by chance."""
    reset_generator_stats()
    described = MAKER().get_schema(public=True)
    check: Any = validate_schema
    check(described)
    assert dict(GENERATOR_STATS._warn_cache) == {}
    assert dict(GENERATOR_STATS._error_cache) == {}
    by_chance = re.compile(r"[0-9a-f]{3}Enum$")
    assert [name for name in described["components"]["schemas"] if by_chance.search(name)] == []


def is_serializer(one: object) -> bool:
    kind = one if isinstance(one, type) else type(one)
    return issubclass(kind, serializers.BaseSerializer)


def texts(field: Any) -> Iterator[Any]:
    if field.read_only:
        return
    if isinstance(field, serializers.Serializer):
        for one in field.fields.values():
            yield from texts(one)
    elif isinstance(field, serializers.ListField | serializers.DictField):
        yield from texts(field.child)
    elif isinstance(field, serializers.CharField):
        yield field


def takes(field: Any, value: str) -> bool:
    try:
        field.run_validation(value)
    except ValidationError:
        return False
    return True


def test_every_text_is_as_the_schema_says() -> None:
    wrong, tried = [], 0
    for where, schema, serializer in asked():
        for field in texts(serializer):
            tried += 1
            said = schema._map_serializer_field(field, "request")
            said |= schema._get_serializer_field_meta(field, "request")
            schema._insert_field_validators(field, said)
            judge = jsonschema_rs.validator_for(said)
            most = field.max_length or 1000
            probes = [*PROBES, "a" * most, "a" * (most + 1), " " + "a" * most, "a" * most + "\0"]
            for probe in probes:
                says, does = judge.is_valid(probe), takes(field, probe)
                # what stands in an address may be read more kindly than is said: space around it
                if (says and not does) or (does and not says and isinstance(field, WordsField)):
                    wrong.append(f"{where} {field.field_name} {probe[:20]!r}: it says {says}")
    assert tried > 30
    assert not wrong, "\n".join(wrong)


def test_bodies_take_text_by_the_field_that_cleans_it() -> None:
    """A half of a character cannot be said in a pattern: it is replaced, never a 400 or a 500."""
    bodies = 0
    for where, _schema, serializer in asked():
        if where.startswith("GET"):
            continue
        for field in texts(serializer):
            if isinstance(field, WordsField):
                bodies += 1
                assert takes(field, HALF), (where, field.field_name)
                assert field.run_validation(HALF) == "a\ufffdb"
            else:
                # a pattern of its own that has no place for one
                assert isinstance(field, serializers.RegexField), (where, field.field_name)
    assert bodies > 15


@pytest.mark.parametrize("blank", ["", " ", "\0", "\x1c", "\u3000", "\ufeff", "\u2028\0"])
def test_what_must_not_be_blank(blank: str) -> None:
    assert not takes(WordsField(), blank)
    assert takes(WordsField(allow_blank=True), blank)
