"""What import_queue_log and import_cel have in common: files, a company, a zone, a bar, a summary."""

from __future__ import annotations

import sys
import time
import zlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope
from telephony.activity.histories import overlap_of
from telephony.activity.services import build_activity_of, build_all_activity, forget_activity
from telephony.calls.history import begin_again, build_history
from telephony.calls.history_blocks import BlockBuilder
from telephony.calls.unended import end_what_went_on
from telephony.ledger.cel_history import NoHeader
from telephony.ledger.facts import notice_facts
from telephony.ledger.history import Imported, ImportUnderWay, Progress, import_file, importing
from telephony.ledger.history_names import HistoryNames, UnknownName
from telephony.ledger.models import Source
from telephony.ledger.owners import import_pbx

REDRAW_SECONDS = 0.2
_BAR = 30


class ImportCommand(BaseCommand):
    requires_system_checks = ()
    source: ClassVar[Source]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument(
            "--timezone",
            metavar="ZONE",
            help="of local times in the files, as Europe/Tallinn; the company's if not given",
        )
        parser.add_argument(
            "--queue-map",
            nargs="+",
            default=[],
            metavar="OLD=SLUG",
            help="which queue of the company each old one is; or a file of such lines",
        )
        parser.add_argument(
            "--agent-map",
            nargs="+",
            default=[],
            metavar="OLD=AGENT",
            help="which agent, by name or extension, each old one is; or a file of such lines",
        )
        parser.add_argument(
            "--report", type=Path, metavar="FILE", help="where to list lines that cannot be read"
        )

    def handle(self, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']}.")
        try:
            zone = ZoneInfo(options["timezone"] or tenant.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CommandError(f"There is no time zone {options['timezone']}.") from error
        missing = [str(path) for path in options["files"] if not path.is_file()]
        if missing:
            raise CommandError(f"No such file: {', '.join(missing)}")
        with system_scope("an import writes lines, facts and calls of the company it was given"):
            now = timezone.now()
            # channel events name phones alone, and the company's own PBX may not have told of any yet
            notice_facts(tenant_ids=[tenant.pk], since=now, at=now)
            try:
                names = HistoryNames(
                    tenant, read_map(options["queue_map"]), read_map(options["agent_map"])
                )
                with importing(tenant):
                    self._import(tenant, zone, names, options["files"], options["report"])
            except (UnknownName, ImportUnderWay) as reason:
                raise CommandError(str(reason)) from reason

    def _import(
        self,
        tenant: Tenant,
        zone: ZoneInfo,
        names: HistoryNames,
        paths: list[Path],
        report: Path | None,
    ) -> None:
        bar = Bar(paths)
        done: list[Imported] = []
        refused: list[str] = []
        builder = BlockBuilder(tenant, names) if self.source == Source.QUEUE_LOG else None
        for path in paths:
            try:
                done.append(
                    import_file(
                        tenant=tenant, source=self.source, path=path, zone=zone, names=names,
                        builder=builder, on_batch=bar.show,
                    )
                )  # fmt: skip
            except (OSError, EOFError, zlib.error, NoHeader) as error:
                # what was read of it is kept; a whole copy gives the rest
                refused.append(f"{path}: {error}")
        pbx = import_pbx(tenant.slug)
        with transaction.atomic():
            if begin_again(tenant=tenant):
                # the calls' marks have caught up again before it would see that they went back
                forget_activity(pbx=pbx)
        built = 0
        while not (step := build_history(tenant=tenant)).is_all:
            built += step.calls
            bar.say(f"{built:,} calls built")
        with transaction.atomic():
            unended = end_what_went_on(pbx=pbx)
            build_activity_of(pbx=pbx, names=unended.changed)
        build_all_activity(pbx=pbx, on_step=lambda: bar.say("building agents' time"))
        bar.end()
        self._tell(done, names, report)
        if unended.calls:
            self.stdout.write(
                f"{unended.calls:,} calls whose end is in no file; shown as not known"
            )
        if since := overlap_of(pbx=pbx, own_pbx=tenant.pbx, tenant_id=tenant.pk):
            self.stdout.write(
                f"This history goes on after {since:%Y-%m-%d %H:%M} UTC, when the company's own PBX "
                "knows its agents too: what they did on both then is counted twice."
            )
        if refused:
            raise CommandError("Not read to the end: " + "; ".join(refused))

    def _tell(self, done: list[Imported], names: HistoryNames, report: Path | None) -> None:
        for one in done:
            words = (
                "was imported before"
                if one.was_done
                else (f"{one.read:,} lines, {one.added:,} of them new")
            )
            self.stdout.write(f"{one.path}: {words}")
            if one.unreadable:
                self.stdout.write(f"  {one.unreadable:,} lines could not be read; they are kept:")
            for number, reason, start in one.reports[: None if report else 20]:
                text = f"{one.path}:{number}: {reason}: {start!r}"
                if report:
                    with report.open("a", encoding="utf-8") as file:
                        file.write(f"{text}\n")
                else:
                    self.stdout.write(f"  {text}")
            if len(one.reports) > 20 and not report:
                self.stdout.write("  ... all of them with --report FILE")
            if one.unended:
                self.stdout.write(
                    f"  line {one.unended:,}, the last, has no line feed at its end and may be cut "
                    "off: it is kept, but not counted. Import the whole file when you have it; if "
                    "this is the whole, add a line feed to its end and import it again."
                )
            if one.unknown:
                events = ", ".join(f"{name} {count:,}" for name, count in one.unknown.most_common())
                self.stdout.write(f"  kept, but not understood: {events}")
            if one.ambiguous:
                self.stdout.write(
                    f"  {one.ambiguous:,} instants of an hour that came twice; taken for the first"
                )
            if one.jumps:
                self.stdout.write(f"  the clock went back {one.jumps:,} times; shown as gaps")
        for kind, unmapped in (("queue", names.unmapped_queues), ("agent", names.unmapped_agents)):
            if unmapped:
                self.stdout.write(
                    f"Kept under their own names ({kind}s): {', '.join(unmapped[:30])}"
                    f"{' ...' if len(unmapped) > 30 else ''}; --{kind}-map ties them"
                )


def read_map(parts: list[str]) -> dict[str, str]:
    """`old=new` each, or names of files of such lines. Raises CommandError."""
    found: dict[str, str] = {}
    for part in parts:
        if "=" in part:
            lines = [part]
        elif Path(part).is_file():
            lines = Path(part).read_text(encoding="utf-8").splitlines()
        else:
            raise CommandError(f"{part} is neither OLD=NEW nor a file.")
        for line in lines:
            old, equals, new = line.rpartition("=")
            if line.strip() and not line.lstrip().startswith("#"):
                if not equals:
                    raise CommandError(f"{line!r} is not OLD=NEW.")
                found[old.strip()] = new.strip()
    return found


class Bar:
    """On a terminal one line that is drawn again and again; else nothing."""

    def __init__(self, paths: list[Path]) -> None:
        self._total = sum(path.stat().st_size for path in paths)
        self._before = 0
        self._path: Path | None = None
        self._drawn_at = 0.0
        self._is_shown = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        if self._path is not None and progress.path != self._path:
            self._before += self._path.stat().st_size
        self._path = progress.path
        size = progress.path.stat().st_size
        # a compressed file is read further than it is long: its end is not known before it comes
        part = min(1.0, (self._before + min(progress.offset, size)) / max(1, self._total))
        full = round(part * _BAR)
        self.say(
            f"[{'#' * full}{'.' * (_BAR - full)}] {part:4.0%} {progress.path.name} "
            f"{progress.lines:,} lines"
        )

    def say(self, words: str) -> None:
        now = time.monotonic()
        if self._is_shown and now - self._drawn_at > REDRAW_SECONDS:
            self._drawn_at = now
            sys.stderr.write(f"\r\x1b[2K{words}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[2K")
