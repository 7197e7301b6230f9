"""Whom a queue rang in vain stands with the stay, not in lines that are looked up for each figure."""

import django.contrib.postgres.fields
from django.db import migrations, models

# those that are known already: as telephony/calls/visits.py tells each ring's stay and agent
FILL = r"""
DO $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  PERFORM set_config('app.tenant', '*', true);  -- of every tenant
  UPDATE telephony_queuevisit visit SET left_by = vain.left_by
  FROM (
    SELECT stay.id, array_agg(DISTINCT rung.agent_id ORDER BY rung.agent_id) AS left_by
    FROM (
      SELECT line.pbx, line.callid, line.queue, line.at, line.tenant_id,
             coalesce(CASE WHEN split_part(line.agent, '-', 1) = tenant.slug THEN
                        substring(line.agent FROM '^[a-z0-9]+-a([0-9]{1,18})$')::bigint END,
                      (known.facts->>'agent_id')::bigint, 0) AS agent_id
      FROM telephony_queuelogline line
      JOIN callcenter_tenant tenant ON tenant.id = line.tenant_id
      LEFT JOIN telephony_companyfact known
        ON known.tenant_id = line.tenant_id AND known.kind = 'oldagent'
        AND known.name = left(line.agent, 80) AND line.pbx = '@' || tenant.slug
      WHERE line.event = 'RINGNOANSWER'
    ) rung CROSS JOIN LATERAL (
      SELECT one.id FROM telephony_queuevisit one
      WHERE one.pbx = rung.pbx AND one.callid = rung.callid AND one.queue_name = rung.queue
        AND one.tenant_id = rung.tenant_id
        AND one.entered_at <= rung.at AND rung.at <= coalesce(one.left_at, 'infinity')
      ORDER BY one.stay LIMIT 1
    ) stay GROUP BY stay.id
  ) vain WHERE visit.id = vain.id;
  PERFORM set_config('app.tenant', coalesce(told, ''), true);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("telephony", "0025_rings")]

    operations = [
        migrations.AddField(
            model_name="queuevisit",
            name="left_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                help_text="agents whose phone rang in vain, 0 for any not known; null: none",
                null=True,
                size=None,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="queuelogline", name="queue_log_rung"),
        migrations.AddIndex(
            model_name="queuevisit",
            index=models.Index(
                condition=models.Q(("left_by__isnull", False)),
                fields=["tenant", "entered_at"],
                include=(
                    "queue_name",
                    "group",
                    "left_by",
                    "outcome",
                    "reason",
                    "service_level_mode",
                    "id",
                ),
                name="visit_left_ringing",
            ),
        ),
    ]
