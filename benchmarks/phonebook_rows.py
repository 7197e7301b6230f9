"""Invented contacts by the million, made in SQL as the services would have written them."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

_PARTS = [
    "ma", "ri", "ta", "lo", "ke", "si", "vo", "pu", "nõ", "mü", "gö", "rä", "el", "an", "or", "ist", "ken", "berg", "son", "mets", "saar", "kivi", "lind", "au", "zi", "co", "ni", "ro", "sch", "wei", "ber", "holz", "stein", "bach", "feld", "wald", "haus", "lep", "kask", "tam", "pa", "ju", "kri", "sti", "an", "na",
]  # fmt: skip
FOUR = (
    "'+3725' || d",
    "'003725' || d",
    "'5' || d",
    "'+372 5' || substr(d, 1, 3) || ' ' || substr(d, 4)",
)
STEP = 100_000


def words(count: int, least: int, most: int, seed: int) -> list[str]:
    """Distinct words of `least` to `most` syllables."""
    draw = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        word = "".join(draw.choice(_PARTS) for _ in range(draw.randint(least, most)))
        found[word.capitalize()] = None
    return list(found)


def owner(**settings: str) -> psycopg.Connection:
    link = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
    for name, value in settings.items():
        link.execute("SELECT set_config(%s, %s, false)", [name.replace("_", "."), value])
    return link


def prepare(link: psycopg.Connection) -> None:
    """Vocabularies as temporary tables: word and how search folds it."""
    from phonebook.contacts.folding import fold

    for name, rows in (
        ("firsts", words(3_000, 2, 3, 1)),
        ("lasts", words(60_000, 2, 4, 2)),
        ("firms", words(40_000, 2, 4, 3)),
    ):
        link.execute(f"CREATE TEMP TABLE {name} (n int PRIMARY KEY, word text, folded text)")
        with link.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for n, word in enumerate(rows):
                copy.write_row((n, word, fold(word)))
        link.execute(f"ANALYZE {name}")


def fill(
    link: psycopg.Connection,
    tenants: list[int],
    books: list[int],
    first: int,
    last: int,
    say: Callable[[str], None] = print,
) -> None:
    """Contacts `first` to `last`, dealt out over the tenants; each with one number, every third with
    two, in one of four spellings. With `search` off the triggers are the caller's business."""
    begun = time.monotonic()
    for low in range(first, last, STEP):
        high = min(low + STEP, last)
        link.execute(_CONTACTS, {"low": low, "high": high, "tenants": tenants, "books": books})
        link.execute(_NUMBERS, {"low": low, "high": high, "tenants": tenants})
        if (high - first) % 1_000_000 == 0:
            say(f"  {high:,} contacts after {time.monotonic() - begun:.0f} s")


_CONTACTS = """
INSERT INTO phonebook_contact (id, tenant_id, book_id, name, company, job_title, email, web,
  address, note, custom, visibility, external_id, search_text, search_digits, sort_name, change,
  created_at, changed_at)
SELECT g, (%(tenants)s::bigint[])[1 + g %% cardinality(%(tenants)s::bigint[])],
  (%(books)s::bigint[])[1 + g %% cardinality(%(books)s::bigint[])],
  f.word || ' ' || l.word, c.word || ' OÜ', '', '', '', '', '', '{}', 'public', '',
  f.folded || ' ' || l.folded || ' ' || c.folded || ' ou',
  '3725' || lpad(((g * 7919) %% 10000000)::text, 7, '0')
    || CASE WHEN g %% 3 = 0 THEN ' 3726' || lpad(((g * 104729) %% 1000000)::text, 6, '0') ELSE '' END,
  f.folded || ' ' || l.folded, 1, now(), now()
FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) g
JOIN firsts f ON f.n = (g * 2654435761 >> 7) %% 3000
JOIN lasts l ON l.n = (g * 40503 >> 3) %% 60000
JOIN firms c ON c.n = (g * 2246822519 >> 9) %% 40000
"""
_NUMBERS = """
INSERT INTO phonebook_contactnumber (tenant_id, contact_id, position, type, entered, kind, key, inner)
SELECT (%(tenants)s::bigint[])[1 + g %% cardinality(%(tenants)s::bigint[])], g, 0, 'mobile',
  CASE g / 7 %% 4 WHEN 0 THEN {0} WHEN 1 THEN {1} WHEN 2 THEN {2} ELSE {3} END,
  'telephone', '+3725' || d, ''
FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) g,
  LATERAL (SELECT lpad(((g * 7919) %% 10000000)::text, 7, '0') AS d) n
UNION ALL
SELECT (%(tenants)s::bigint[])[1 + g %% cardinality(%(tenants)s::bigint[])], g, 1, 'work',
  '6' || lpad(((g * 104729) %% 1000000)::text, 6, '0'), 'telephone',
  '+3726' || lpad(((g * 104729) %% 1000000)::text, 6, '0'), ''
FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) g WHERE g %% 3 = 0
""".replace("inner)", '"inner")').format(*FOUR)
