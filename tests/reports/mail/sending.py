"""To whom Alice's report goes, and a worker's turn."""

from __future__ import annotations

from callcenter.tenants.scope import tenant_scope
from reports.schedules.models import ReportDelivery
from reports.schedules.tasks import work_off_reports
from tests.cast import Company

CHEF, ANNA = "chef@alice.example", "anna@else.example"


def work(company: Company) -> None:
    with tenant_scope(company.tenant.pk):
        work_off_reports(tenant_id=company.tenant.pk)


def delivery_to(company: Company, address: str) -> ReportDelivery:
    with tenant_scope(company.tenant.pk):
        return ReportDelivery.objects.get(address=address)
