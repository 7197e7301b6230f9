"""Imported lines are known by what they say; gaps in the ledger, and how far it is whole."""

import django.db.models.deletion
from django.db import migrations, models

import callcenter.tenants.scope

SOURCES = [("queue_log", "Queue Log"), ("cel", "Cel")]
CAUSES = [
    ("pbx_away", "the PBX was away"),
    ("missing_file", "a file is missing"),
    ("clock_jump", "the PBX's clock was changed"),
    ("unreadable", "lines could not be read"),
]
# model, its constraint of lines that our own PBXes wrote, its lines' call, its index of calls
LINES = (
    ("queuelogline", "queue_log_line_once", "callid", "queue_log_of_call"),
    ("celline", "cel_line_once", "linkedid", "cel_of_call"),
)


def identify(
    model: str, once: str, call: str, of_call: str
) -> list[migrations.operations.base.Operation]:
    return [
        migrations.AddField(model, "identity", models.UUIDField(null=True)),
        migrations.AddField(model, "place", models.BigIntegerField(null=True)),
        migrations.RemoveConstraint(model, once),
        migrations.AddConstraint(
            model,
            models.UniqueConstraint(
                fields=("file", "byte_offset"),
                condition=models.Q(("identity__isnull", True)),
                name=once,
            ),
        ),
        migrations.AddConstraint(
            model,
            # the index by which a call's lines are found is the one that keeps them once
            models.UniqueConstraint(fields=(call, "identity"), name=f"imported_{once}"),
        ),
        migrations.RemoveIndex(model, of_call),
        unchecked(
            model,
            "file",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="telephony.ledgerfile",
            ),
        ),
    ]


def plain(model: str, field: str, **options: object) -> migrations.AlterField:
    """Compared byte by byte: quicker, and the order of nothing that a person sees."""
    kind = (
        models.CharField(max_length=150, db_collation="C")
        if options.get("short")
        else (models.TextField(db_collation="C"))
    )
    return migrations.AlterField(model, field, kind)


def unchecked(model: str, field: str, key: models.ForeignKey) -> migrations.AlterField:
    """A constraint is looked at row by row, which takes longer than writing the rows."""
    return migrations.AlterField(model, field, key)


def tenant() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        default=callcenter.tenants.scope.tenant_of_new_row,
        editable=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="callcenter.tenant",
    )


class Migration(migrations.Migration):
    dependencies = [("telephony", "0008_provisioning_memberships")]
    operations = [
        *(operation for line in LINES for operation in identify(*line)),
        *(plain("queuelogline", name) for name in ("callid", "queue", "agent", "event")),
        *(plain("celline", name) for name in ("event", "linkedid", "uniqueid")),
        plain("queuevisit", "callid", short=True),
        plain("call", "linkedid", short=True),
        plain("callleg", "uniqueid", short=True),
        *(unchecked(model, "tenant", tenant()) for model in ("call", "callleg", "queuevisit")),
        unchecked(
            "queuevisit",
            "call",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,  # visit_of_call
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="visits",
                to="telephony.call",
            ),
        ),
        unchecked(
            "call",
            "part_of",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="a consultation, pickup or park retrieval belongs to the call it joined",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="parts",
                to="telephony.call",
            ),
        ),
        migrations.AddIndex(
            "call",
            models.Index(
                fields=["part_of"],
                condition=models.Q(("part_of__isnull", False)),
                name="call_parts",
            ),
        ),
        unchecked(
            "callleg",
            "call",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="legs",
                to="telephony.call",
            ),
        ),
        migrations.AddField(
            "queuevisit",
            "wrap_up_ms",
            models.IntegerField(
                db_default=0,
                default=0,
                help_text="after-call work of who answered; activity writes it",
            ),
        ),
        migrations.RemoveIndex("queuevisit", "visit_figures"),
        migrations.AddIndex(
            "queuevisit",
            models.Index(
                fields=["tenant", "entered_at"],
                include=[
                    "queue_name",
                    "group",
                    "agent",
                    "outcome",
                    "reason",
                    "wait_seconds",
                    "talk_seconds",
                    "wrap_up_ms",
                    "answer_within_seconds",
                    "service_level_mode",
                ],
                name="visit_figures",
            ),
        ),
        migrations.AddField(
            "ledgerfile",
            "unknown",
            models.JSONField(default=dict, help_text="lines by events that Helin does not know"),
        ),
        migrations.AddField(
            "ledgerfile",
            "is_ended",
            models.BooleanField(default=False, help_text="rotated away and read to its end"),
        ),
        migrations.AddField(
            "ledgerfile",
            "bookmark",
            models.JSONField(default=dict, help_text="what an import must know to go on"),
        ),
        migrations.CreateModel(
            name="LedgerMark",
            fields=[
                ("pbx", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("complete_to", models.DateTimeField(null=True)),
                ("alive_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerGap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("source", models.CharField(blank=True, choices=SOURCES, max_length=10)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("cause", models.CharField(choices=CAUSES, max_length=16)),
                ("found_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="telephony.ledgerfile",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pbx", "source", "cause", "since"), name="ledger_gap_once"
                    )
                ]
            },
        ),
    ]
