"""A CSV file of 100,000 contacts into a phonebook, while somebody else uses the page.

    python benchmarks/contact_import.py [--contacts 100000]

Timed: from the queued import to its end, as the worker does it, numbers read and search index kept.
Meanwhile a search is asked ten times a second by another process's worth of thread. Memory: this
process's peak over what it had, the file itself taken off. Then the same file once more.
Exits with 1 at 60 s or more, at 150 MB or more, when something is missing, or when the second time
changes anything.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.phonebook_rows import words
from benchmarks.stage import data_stores, percentile, table

LIMIT_SECONDS, LIMIT_MB = 60.0, 150.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--contacts", type=int, default=100_000)
    with data_stores():
        return measure(options.parse_args().contacts)


def measure(contacts: int) -> int:
    from callcenter.audit.services import HELIN_ITSELF
    from callcenter.tenants.models import Tenant
    from callcenter.tenants.scope import tenant_scope
    from phonebook.contacts.models import ContactImport, OnMatch, Visibility
    from phonebook.contacts.services import company_book
    from phonebook.contacts.services.importing import run_import, start_import, upload_import

    tenant = Tenant.objects.create(slug="bench", name="Bench")
    data = file_of(contacts)
    rows, bad = [], False
    with tenant_scope(tenant.pk):
        for turn in ("first time", "once more"):
            job = upload_import(book=company_book(), name="people.csv", data=data, by=HELIN_ITSELF)
            job = start_import(
                job=job,
                mapping={int(at): target for at, target in job.mapping.items()},
                has_header=True,
                on_match=OnMatch.UPDATE,
                visibility=Visibility.PUBLIC,
                by=HELIN_ITSELF,
            )
            ends = threading.Event()
            asked: list[float] = []
            asker = threading.Thread(target=keep_asking, args=(tenant.pk, ends, asked))
            asker.start()
            before, begun, busy = peak_mb(), time.monotonic(), time.process_time()
            run_import(job_id=job.pk)
            seconds, grown = time.monotonic() - begun, peak_mb() - before
            busy = time.process_time() - busy
            ends.set()
            asker.join()
            done = ContactImport.objects.defer("content").get(pk=job.pk)
            rows.append(
                (turn, f"{seconds:.1f}", f"{busy:.1f}", f"{grown:.0f}", str(done.created),
                 str(done.changed), str(done.unchanged), str(done.failed), f"{percentile(asked, 0.95):.0f}")
            )  # fmt: skip
            wanted = (contacts, 0) if turn == "first time" else (0, contacts)
            bad |= seconds >= LIMIT_SECONDS or grown >= LIMIT_MB
            bad |= (done.created, done.unchanged) != wanted or done.status != "done"
    header = (
        "",
        "seconds",
        "of them ours",
        "MB more",
        "new",
        "changed",
        "same",
        "failed",
        "search p95 ms",
    )
    print(table(f"{contacts:,} contacts from CSV ({len(data) / 1e6:.1f} MB)", header, rows))
    return int(bad)


def file_of(contacts: int) -> bytes:
    draw = random.Random(3)
    firsts, lasts, firms = words(2000, 2, 3, 1), words(20_000, 2, 4, 2), words(9000, 2, 4, 3)
    lines = ["First Name,Last Name,Company,Mobile Phone,Business Phone,E-mail Address,Id"]
    for n in range(contacts):
        mobile = ("+372 5{:03d} {:04d}", "003725{:03d}{:04d}", "5{:03d}{:04d}")[n % 3]
        number = mobile.format(n // 10_000 % 1000, n % 10_000)
        office = f"6{draw.randrange(10**6):06d}" if n % 2 else ""
        lines.append(
            f"{draw.choice(firsts)},{draw.choice(lasts)},{draw.choice(firms)} OÜ,{number},{office},"
            f"p{n}@example.com,crm-{n}"
        )
    return "\n".join(lines).encode()


def keep_asking(tenant_id: int, ends: threading.Event, asked: list[float]) -> None:
    from callcenter.tenants.scope import tenant_scope
    from phonebook.contacts.permissions import PROGRAM
    from phonebook.contacts.search import search_contacts

    with tenant_scope(tenant_id):
        while not ends.wait(0.1):
            begun = time.perf_counter()
            search_contacts("mari", PROGRAM, "EE")
            asked.append((time.perf_counter() - begun) * 1000)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
