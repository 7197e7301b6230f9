import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("telephony", "0017_events_and_private_calls"),
    ]
    operations: list[migrations.operations.base.Operation] = [
        migrations.CreateModel(
            name="Journal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("x", models.PositiveSmallIntegerField(null=True)),
                ("y", models.PositiveSmallIntegerField(null=True)),
                ("width", models.PositiveSmallIntegerField(null=True)),
                ("height", models.PositiveSmallIntegerField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
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
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "user"), name="journal_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("height__isnull", True),
                                ("width__isnull", True),
                                ("x__isnull", True),
                                ("y__isnull", True),
                            ),
                            models.Q(
                                ("height__isnull", False),
                                ("width__isnull", False),
                                ("x__lte", 1000),
                                ("y__lte", 1000),
                            ),
                            _connector="OR",
                        ),
                        name="journal_place_whole",
                    ),
                ],
            },
        ),
        WallOffTenants("Journal"),
    ]
