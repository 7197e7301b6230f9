import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants

# Whoever writes calls: a call that ended or was answered leaves word for what is known of its number.
# Nothing is said of calls that go: they go together when all are built anew, and work is kept then.
TOUCHES = """
CREATE FUNCTION telephony_call_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO telephony_calltouch (tenant_id, pbx, linkedid, party_digits)
  SELECT tenant_id, pbx, linkedid, party_digits FROM made
  WHERE direction IN ('in', 'out') AND (ended_at IS NOT NULL OR answered_at IS NOT NULL)
  ORDER BY id;
  RETURN NULL;
END $$;
CREATE FUNCTION telephony_call_retouched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO telephony_calltouch (tenant_id, pbx, linkedid, party_digits)
  SELECT made.tenant_id, made.pbx, made.linkedid, party.digits
  FROM made JOIN gone USING (id)
  CROSS JOIN LATERAL (SELECT made.party_digits UNION SELECT gone.party_digits) party (digits)
  WHERE (made.direction IN ('in', 'out') OR gone.direction IN ('in', 'out'))
    AND (made.ended_at IS NOT NULL OR made.answered_at IS NOT NULL)
    AND (made.direction, made.outcome, made.reason, made.party_digits, made.caller_number,
         made.caller_name, made.group_id, made.agent_id, made.answered_at, made.ended_at,
         made.wait_seconds, made.part_of_id)
        IS DISTINCT FROM
        (gone.direction, gone.outcome, gone.reason, gone.party_digits, gone.caller_number,
         gone.caller_name, gone.group_id, gone.agent_id, gone.answered_at, gone.ended_at,
         gone.wait_seconds, gone.part_of_id)
  ORDER BY made.id;
  RETURN NULL;
END $$;
CREATE TRIGGER touched_when_made AFTER INSERT ON telephony_call
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION telephony_call_touched();
CREATE TRIGGER touched_when_changed AFTER UPDATE ON telephony_call
  REFERENCING OLD TABLE AS gone NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION telephony_call_retouched();
-- calls that were there before this table was
INSERT INTO telephony_calltouch (tenant_id, pbx, linkedid, party_digits)
  SELECT tenant_id, pbx, linkedid, party_digits FROM telephony_call
  WHERE direction = 'in' AND ended_at IS NOT NULL AND outcome <> 'answered' ORDER BY id;
"""
NO_TOUCHES = """
DROP TRIGGER touched_when_made ON telephony_call;
DROP TRIGGER touched_when_changed ON telephony_call;
DROP FUNCTION telephony_call_touched, telephony_call_retouched;
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0013_click_to_call")]

    operations = [
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(help_text="of the first lost call", max_length=32)),
                ("linkedid", models.CharField(db_collation="C", max_length=150)),
                ("key", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("number", models.CharField(blank=True, max_length=80)),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="as the caller's network said", max_length=120
                    ),
                ),
                (
                    "group_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("first_lost_at", models.DateTimeField()),
                ("last_lost_at", models.DateTimeField()),
                ("lost_count", models.PositiveIntegerField(default=1)),
                ("longest_wait_seconds", models.FloatField(default=0)),
                ("outcome", models.CharField(help_text="of the last lost call", max_length=16)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To call back"),
                            ("reached", "Called back"),
                            ("called_in", "Called again and was answered"),
                            ("given_up", "Given up"),
                            ("blocked", "Never to be called back"),
                            ("anonymous", "Cannot be called back"),
                        ],
                        max_length=9,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_pbx", models.CharField(blank=True, max_length=32)),
                ("closed_linkedid", models.CharField(blank=True, max_length=150)),
                ("assigned_at", models.DateTimeField(null=True)),
                ("snoozed_until", models.DateTimeField(null=True)),
                ("snoozed_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
                ("given_up_seen_at", models.DateTimeField(null=True)),
                ("given_up_by", models.CharField(blank=True, max_length=150)),
                ("given_up_reason", models.CharField(blank=True, max_length=300)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agent",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "leased_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "last_lost_at", "id"], name="callback_list"),
                    models.Index(
                        fields=["tenant", "key", "first_lost_at"], name="callback_of_number"
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["tenant", "due_at", "id"],
                        name="callback_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("pbx", "linkedid"), name="callback_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True), ("state__in", ("open", "anonymous"))
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ("reached", "called_in", "given_up", "blocked")),
                            ),
                            _connector="OR",
                        ),
                        name="callback_closed_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallbackRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_minutes", models.PositiveIntegerField(default=60)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "group"), name="callback_rule_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_minutes__range", (1, 10080))),
                        name="callback_rule_within_week",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallTouch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("linkedid", models.CharField(db_collation="C", max_length=150)),
                ("party_digits", models.CharField(blank=True, db_collation="C", max_length=32)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "id"], name="call_touch_next")],
            },
        ),
        migrations.CreateModel(
            name="LostCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("linkedid", models.CharField(db_collation="C", max_length=150)),
                ("party_digits", models.CharField(blank=True, db_collation="C", max_length=32)),
                ("began_at", models.DateTimeField()),
                ("lost_at", models.DateTimeField()),
                ("wait_seconds", models.FloatField(default=0)),
                ("outcome", models.CharField(max_length=16)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("visit_callid", models.CharField(blank=True, db_collation="C", max_length=150)),
                ("visit_stay", models.PositiveSmallIntegerField(default=0)),
                ("called_back_at", models.DateTimeField(null=True)),
                ("contacted_at", models.DateTimeField(null=True)),
                (
                    "callback",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="lost_calls",
                        to="telephony.callback",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "party_digits"], name="lost_call_of_number"),
                    models.Index(
                        fields=["tenant", "visit_callid", "visit_stay"], name="lost_call_visit"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("pbx", "linkedid"), name="lost_call_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("called_back_at__isnull", True),
                            ("called_back_at__gte", models.F("lost_at")),
                            _connector="OR",
                        ),
                        name="lost_call_back_later",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NeverCallBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(db_collation="C", max_length=80)),
                ("number", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by_name", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "key"), name="never_call_back_once")
                ],
            },
        ),
        WallOffTenants("callback", "lostcall", "calltouch", "callbackrule", "nevercallback"),
        migrations.RunSQL(TOUCHES, NO_TOUCHES),
    ]
