"""The kind of a visit says whether it is known how long somebody talked: who still does, has not
talked for no time. With it the index that figures are summed over is made anew."""

from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When

OUTCOMES = ("waiting", "answered", "abandoned", "short_abandoned", "overflowed")
MODES = ("handled", "abandons_ignored", "abandons_positive", "abandons_negative")
REASONS = ("", "timeout", "full", "no_agents", "agents_left", "key", "closed", "restart")


def _number(field, words, times, other):
    known = (When(**{field: word}, then=Value(place * times)) for place, word in enumerate(words))
    return Case(*known, default=Value(other * times))


class Migration(migrations.Migration):
    dependencies = [("telephony", "0027_begin_again")]

    operations = [
        migrations.RemoveIndex(model_name="queuevisit", name="visit_figures"),
        migrations.RemoveField(model_name="queuevisit", name="kind"),
        migrations.AddField(
            model_name="queuevisit",
            name="kind",
            field=models.GeneratedField(
                db_persist=True,
                expression=_number("outcome", OUTCOMES, 1000, 9)
                + _number("service_level_mode", MODES, 100, 9)
                + Case(
                    When(wait_seconds__lte=F("answer_within_seconds"), then=Value(50)),
                    default=Value(0),
                )
                + Case(
                    When(
                        Q(outcome="answered") & (Q(ended_at__isnull=True) | Q(reason="lost")),
                        then=Value(8),
                    ),
                    default=_number("reason", REASONS, 1, 49),
                ),
                output_field=models.SmallIntegerField(),
            ),
        ),
        migrations.AddIndex(
            model_name="queuevisit",
            index=models.Index(
                fields=["tenant", "entered_at"],
                include=(
                    "queue_name", "group", "agent", "wait_seconds", "talk_seconds", "wrap_up_ms",
                    "kind",
                ),
                name="visit_figures",
            ),
        ),
    ]  # fmt: skip
