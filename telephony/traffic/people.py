"""Invented people of three countries, with letters that no ASCII table has."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

ESTONIA = (
    ("Mari", "Jüri", "Õnne", "Ülo", "Kätlin", "Tõnu", "Liis", "Ääro", "Piret", "Šarlotte"),
    ("Tamm", "Mägi", "Õunapuu", "Kõiv", "Põder", "Lääts", "Raudsepp", "Jõgi", "Žukov", "Rüütel"),
)
GERMANY = (
    ("Jürgen", "Käthe", "Sören", "Anneliese", "Björn", "Ursula", "Götz", "Renate", "Jörg", "Emine"),
    ("Müller", "Groß", "Weiß", "Schäfer", "Köhler", "Strauß", "Yılmaz", "Bäcker", "Vogt", "Jäger"),
)
ITALY = (
    ("Niccolò", "Chiara", "José", "Noè", "Giulia", "Mattia", "Carlà", "Ettore", "Zoë", "Luca"),
    ("D'Alò", "Rossi", "De Nicolò", "Cantù", "Ferrara", "Nardò", "Bassanì", "Conti", "Forlì", "Re"),
)
_COUNTRIES = (ESTONIA, GERMANY, ITALY)
ANONYMOUS = "anonymous"
REGULARS = 60
_REGULARS_SEED = 372


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is E.164 with its plus, or "anonymous"; `name` is what their carrier tells."""

    name: str
    number: str


def invent_people(random: Random, count: int) -> tuple[Person, ...]:
    """Everybody another number; one in twelve hides it, one in five tells no name."""
    people: list[Person] = []
    taken: set[str] = set()
    while len(people) < count:
        country = random.randrange(len(_COUNTRIES))
        first, last = _COUNTRIES[country]
        number = _number(random, country)
        if number in taken:
            continue
        taken.add(number)
        name = f"{random.choice(first)} {random.choice(last)}"
        fate = random.random()
        if fate < 1 / 12:
            people.append(Person("", ANONYMOUS))
        else:
            people.append(Person("" if fate < 1 / 12 + 1 / 5 else name, number))
    return tuple(people)


def regulars() -> tuple[Person, ...]:
    """Those who call the demo's companies day by day; always the same."""
    return invent_people(Random(_REGULARS_SEED), REGULARS)  # noqa: S311 - no secret


def _number(random: Random, country: int) -> str:
    """The German ones are the ranges that the regulator keeps free for films."""
    digits = random.randrange
    if country == 0:
        return f"+3725550{digits(10_000):04d}"
    if country == 1:
        return random.choice(
            (f"+493023125{digits(1000):03d}", f"+4917139200{digits(100):02d}",
             f"+496990009{digits(1000):03d}", f"+49176040690{digits(100):02d}")
        )  # fmt: skip
    return f"+39320555{digits(10_000):04d}"
