"""That imported calls have to be built again outlives the import that found it out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telephony", "0026_left_ringing")]

    operations = [
        migrations.AddField(
            model_name="buildprogress",
            name="must_begin_again",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text=(
                    "names of an imported PBX mean something else than when its calls were built"
                ),
            ),
        ),
    ]
