"""The invented companies of the demo: pure data."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "helin-demo-2026"  # noqa: S105 - meant to be known; the demo is not seeded in production
OPERATOR = "operator@helin.example"


@dataclass(frozen=True, slots=True)
class DemoGroup:
    name: str
    slug: str
    numbers: tuple[str, ...]
    members: tuple[int, ...]  # which of the company's agents, 1 is the first
    wrap_up_seconds: int = 8
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class DemoCompany:
    slug: str
    name: str
    country: str
    time_zone: str
    caller_id: str
    agents: tuple[str, ...]
    supervisor: str
    manager: str
    admin: str
    groups: tuple[DemoGroup, ...]
    first_extension: int = 101

    def email(self, who: str) -> str:
        return f"{who}@{self.slug}.example"


COMPANIES = (
    DemoCompany(
        slug="acme",
        name="Acme OÜ",
        country="EE",
        time_zone="Europe/Tallinn",
        caller_id="+3726001001",
        agents=(
            "Anna Tamm", "Jüri Kask", "Leelo Mägi", "Kristjan Õun", "Õie Rebane", "Marko Põld",
        ),
        supervisor="Sirje Saar",
        manager="Tõnu Lepik",
        admin="Evelin Kuusk",
        groups=(
            DemoGroup("Sales", "sales", ("+3726001001", "+3726001003"), (1, 2, 3, 4)),
            DemoGroup("Support", "support", ("+3726001002",), (1, 3, 4, 5, 6), 12),
            DemoGroup("Night desk", "night", ("+3726001009",), (2, 6), is_closed=True),
        ),
    ),
    DemoCompany(
        slug="globex",
        name="Globex GmbH",
        country="DE",
        time_zone="Europe/Berlin",
        caller_id="+493012345001",
        agents=(
            "Jürgen Müßig", "Heike Groß", "Luca Bianchi", "Sofia Conti", "Bernd Käfer",
            "Ayşe Yıldız",
        ),
        supervisor="Karin Weiß",
        manager="Paolo Ricci",
        admin="Uwe Jäger",
        groups=(
            DemoGroup("Sales", "sales", ("+493012345001",), (1, 2, 3, 4)),
            DemoGroup("Service", "service", ("+493012345002",), (2, 4, 5, 6)),
        ),
    ),
)  # fmt: skip

PAUSE_REASONS = (
    ("lunch", "Lunch", 30),
    ("break", "Short break", 10),
    ("training", "Training", None),
    ("paperwork", "Paperwork", None),
)
