"""An export that an erasure removed is told from one that somebody cancelled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0021_narrower_lines"),
    ]

    operations = [
        migrations.AlterField(
            model_name="privacyexport",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("running", "Being made"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("erased", "Removed by an erasure"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="recordingexport",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("running", "Being made"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("erased", "Removed by an erasure"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
    ]
