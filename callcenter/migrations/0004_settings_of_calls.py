"""A phone may pick up by itself when its user calls by click."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0003_agents_wishes")]
    operations = [
        migrations.AddField(
            model_name="device",
            name="answers_itself",
            field=models.BooleanField(
                default=False, help_text="picks up by itself when its user calls by click"
            ),
        ),
    ]
