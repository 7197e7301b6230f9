"""Who has this number? Ten million contacts over a thousand companies, behind row-level security.

    python benchmarks/name_lookup.py [--contacts 10000000] [--seconds 10]

Helin: the whole chain of local books in one statement (phonebook/contacts/lookup.py), asked by
pgbench as the application's role, each time for another company and another number, with one and
with 16 clients; first at a tenth of the contacts, then at all. Beside it, on the same rows, what
the peers do: `LIKE '%number%'` OR-ed over four columns. Then 2,000 numbers in each of four
spellings are asked for as they are stored and as the carrier sends them.
Exits with 1 when p99 is 1 ms or more with one client or 5 ms with 16, when ten times as many
contacts cost more than 1.5 times, when it is under 5,000 times the peers' p50, or when a number
is not found.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.phonebook_rows import fill, owner, prepare
from benchmarks.stage import data_stores, percentile, table

TENANTS = 1000
SPELLINGS = 2000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--contacts", type=int, default=10_000_000)
    options.add_argument("--seconds", type=int, default=10)
    wanted = options.parse_args()
    with data_stores():
        return measure(wanted.contacts, wanted.seconds)


def measure(contacts: int, seconds: int) -> int:
    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import system_scope, tenant_scope
    from phonebook.contacts.models import Phonebook

    with system_scope("the benchmark makes a thousand companies"):
        Tenant.objects.bulk_create(Tenant(slug=f"t{n}", name=f"T {n}") for n in range(TENANTS))
    tenants = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    books = []
    for tenant in tenants:
        with tenant_scope(tenant):
            books.append(Phonebook.objects.create(kind="company", name="").pk)
    found: dict[tuple[int, int], list[float]] = {}
    with owner(app_tenant="*") as link:
        prepare(link)
        # the index of search has a benchmark of its own
        link.execute("ALTER TABLE phonebook_contact DISABLE TRIGGER USER")
        few = contacts // 10
        for count, first in ((few, 1), (contacts, few + 1)):
            fill(link, tenants, books, first, count + 1)
            for name in ("phonebook_contact", "phonebook_contactnumber", "phonebook_phonebook"):
                link.execute(f"VACUUM ANALYZE {name}")
            link.execute("CHECKPOINT") if _is_superuser(link) else None
            for clients in (1, 16):
                found[count, clients] = ask_helin(clients, seconds, count, tenants[0])
        peers = ask_peers(link, contacts)
    print_plan(tenants[0])
    missing = spellings_missing(contacts)
    return report(found, peers, missing, contacts)


def _is_superuser(link: psycopg.Connection) -> bool:
    row = link.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def ask_helin(clients: int, seconds: int, contacts: int, first_tenant: int) -> list[float]:
    """Milliseconds of every question, sorted out of pgbench's logs; a warm-up goes before."""
    from callcenter.runtime import postgres
    from phonebook.contacts.lookup import _SQL

    sql = (
        _SQL.replace("%(tenant)s", ":tenant")
        .replace("%(keys)s", "ARRAY['+3725' || lpad((:d)::text, 7, '0')]")
        .replace("%(user)s", "1")
        .replace("%(groups)s", "'{1,2}'::bigint[]")
        .replace("%(order)s", "'{personal,group,company}'")
        .replace("%(most)s", "10")
        .strip()
    )
    # the scope is told once for each question, as the database backend does when it changes
    script = (
        f"\\set g random(1, {contacts})\n\\set d (:g * 7919) % 10000000\n\\set tenant {first_tenant} + :g % {TENANTS}\n"
        "SELECT set_config('app.tenant', (:tenant)::text, false);\n" + sql + ";\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ask.sql"
        file.write_text(script)
        command = [
            postgres.tool("pgbench"), "-n", "-f", str(file), "-c", str(clients), "-j",
            str(min(4, clients)), "-M", "prepared", "-T",
        ]  # fmt: skip
        url = os.environ["DATABASE_URL"]
        subprocess.run([*command, "3", url], cwd=folder, check=True, capture_output=True)
        subprocess.run(
            [*command, str(seconds), "-l", "--log-prefix", "asked", url],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        return sorted(
            int(line.split()[2]) / 1000
            for log in Path(folder).glob("asked*")
            for line in log.read_text().splitlines()
        )


def ask_peers(link: psycopg.Connection, contacts: int) -> list[float]:
    """One table, four columns of numbers as people typed them, no other index than theirs."""
    link.execute(
        "CREATE TABLE public.peers AS SELECT c.id, c.name, c.company, n.entered AS workphone, "
        "'' AS homephone, '' AS cellphone, '' AS fax FROM phonebook_contact c "
        "JOIN phonebook_contactnumber n ON n.contact_id = c.id AND n.position = 0"
    )
    link.execute("CREATE INDEX ON public.peers (workphone)")
    link.execute("VACUUM ANALYZE public.peers")
    times = []
    for n in range(7):
        number = f"5{((n * 1_234_577 % contacts) * 7919) % 10_000_000:07d}"
        begun = time.perf_counter()
        link.execute(
            "SELECT name, company FROM public.peers WHERE workphone LIKE %(n)s OR homephone LIKE "
            "%(n)s OR cellphone LIKE %(n)s OR fax LIKE %(n)s",
            {"n": f"%{number}%"},
        ).fetchall()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def print_plan(tenant: int) -> None:
    from phonebook.contacts.lookup import _SQL

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
        link.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
        asked = {"tenant": tenant, "keys": ["+37255551234"], "user": 1, "groups": [1, 2],
                 "order": ["personal", "group", "company"], "most": 10}  # fmt: skip
        for (line,) in link.execute("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + _SQL, asked):
            print(f"  {line}")


def spellings_missing(contacts: int) -> int:
    """Numbers that are not found as they are stored, or as a carrier sends them; must be 0."""
    from callcenter.tenants.scope import system_scope, tenant_scope
    from phonebook.contacts.lookup import contacts_of_number
    from phonebook.contacts.models import ContactNumber
    from phonebook.numbers.kinds import identify

    step = max(1, contacts // (SPELLINGS * 4)) | 1  # a multiple of 7 would meet two spellings only
    with system_scope("numbers of all companies are checked"):
        ids = range(1, contacts, step)
        rows = list(
            ContactNumber.objects.filter(contact_id__in=ids, position=0).values_list(
                "tenant_id", "contact_id", "entered", "key"
            )
        )
    kinds: dict[str, int] = {}
    missing = 0
    for tenant_id, contact_id, entered, key in rows:
        shape = "+372 ..." if " " in entered else entered[: 1 if entered[0] in "+5" else 2]
        kinds[shape] = kinds.get(shape, 0) + 1
        with tenant_scope(tenant_id):
            for sent in (entered, key):
                found = contacts_of_number(identify(sent, "EE").key, user_id=None, group_ids=())
                missing += contact_id not in {one.contact_id for one in found}
    print(f"\nspellings asked for: {kinds}; not found: {missing}")
    return missing


def report(
    found: dict[tuple[int, int], list[float]], peers: list[float], missing: int, contacts: int
) -> int:
    rows = [
        (f"Helin, {count:,} contacts", str(clients), f"{len(times):,}",
         *(f"{percentile(times, share):.3f}" for share in (0.5, 0.95, 0.99)))
        for (count, clients), times in found.items()
    ]  # fmt: skip
    rows.append(
        (f"LIKE over four columns, {contacts:,}", "1", str(len(peers)),
         *(f"{percentile(peers, share):.1f}" for share in (0.5, 0.95, 0.99)))
    )  # fmt: skip
    print(table("Name of a caller, ms", ("what", "clients", "asked", "p50", "p95", "p99"), rows))
    one, many = found[contacts, 1], found[contacts, 16]
    ratio = percentile(peers, 0.5) / percentile(one, 0.5)
    growth = percentile(one, 0.5) / percentile(found[contacts // 10, 1], 0.5)
    print(f"\n{ratio:,.0f} times the peers' p50; ten times the contacts cost {growth:.2f} times")
    bad = (
        percentile(one, 0.99) >= 1.0
        or percentile(many, 0.99) >= 5.0
        or growth > 1.5
        or ratio < 5000
        or missing
    )
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
