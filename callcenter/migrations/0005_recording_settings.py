"""What a group and a company say about recordings. Calls are recorded unless a group says no."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0004_settings_of_calls")]
    operations = [
        migrations.AddField(
            model_name="tenant",
            name="recording_days",
            field=models.PositiveSmallIntegerField(
                default=30, help_text="how long recordings are kept; only operators change it"
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="keeps_uncompressed",
            field=models.BooleanField(
                default=False, help_text="recordings are kept as they came, too"
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(recording_days__range=(1, 60)), name="tenant_recording_days"
            ),
        ),
        migrations.AddField(
            model_name="agentgroup",
            name="is_recorded",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="agentgroup",
            name="consent_clip",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="callcenter.clip",
            ),
        ),
    ]
