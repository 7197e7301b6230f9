"""A key that leads a waiting caller out of the queue; the PBX reads which one as the queue's context."""

from django.db import migrations, models

_WAYS = [
    ("hang_up", "Hang up"),
    ("clip", "Play the clip, then hang up"),
    ("queue", "Go to another queue"),
]
# the last of a queue's settings, and one more
SETTINGS = r"""
DO $do$
DECLARE
  known text := pg_get_viewdef('asterisk.ast_config'::regclass);
  wanted text := regexp_replace(
    known, $old$\(17, ?'announce-holdtime'::text, ?'no'::text\)$old$,
    $new$\&, (18, 'context'::text, CASE WHEN q.exit_key <> ''
      THEN 'leave-' || q.exit_key || '-' || q.overflow_on_key ELSE '' END)$new$);
BEGIN
  IF known = wanted THEN
    RAISE EXCEPTION 'asterisk.ast_config is another than expected';
  END IF;
  EXECUTE 'CREATE OR REPLACE VIEW asterisk.ast_config WITH (security_barrier) AS ' || wanted;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("telephony", "0015_emergency_numbers"),
    ]
    operations = [
        migrations.AddField(
            "queue",
            "exit_key",
            models.CharField(
                blank=True,
                choices=[(digit, digit) for digit in "0123456789"],
                default="",
                help_text="pressed while waiting, it leads out of the queue; blank: none does",
                max_length=1,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "queue",
            "overflow_on_key",
            models.CharField(choices=_WAYS, default="hang_up", max_length=10),
        ),
        migrations.AddConstraint(
            "queue",
            models.CheckConstraint(
                condition=models.Q(exit_key__regex="^[0-9]?$"), name="exit_key_digit"
            ),
        ),
        migrations.RunSQL(SETTINGS, migrations.RunSQL.noop),
    ]
