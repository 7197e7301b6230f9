"""Row-level security on every table that belongs to a tenant."""

from django.db import migrations

from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0001_company")]
    operations = [
        WallOffTenants(
            "Agent",
            "AgentGroup",
            "ApiKey",
            "AuditEntry",
            "CalendarException",
            "Clip",
            "Device",
            "GroupMember",
            "Holiday",
            "Membership",
            "Number",
            "OpeningCalendar",
            "OpeningHours",
            "PauseReason",
            "Queue",
            "Wallboard",
        )
    ]
