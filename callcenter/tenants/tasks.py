"""The base of every Celery task: it opens the scope of the tenant named by `tenant_id`."""

from __future__ import annotations

from typing import Any

from celery import Task

from callcenter.tenants.scope import system_scope, tenant_scope


class TaskWithoutTenant(TypeError):
    """A task was called without `tenant_id` and is not marked `cross_tenant`."""


class TenantTask(Task):
    """`@shared_task` with a keyword argument `tenant_id`, or with `cross_tenant=True`."""

    cross_tenant = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if str(self.name).startswith("celery."):
            return super().__call__(*args, **kwargs)
        if self.cross_tenant:
            with system_scope(f"task {self.name} serves every tenant"):
                return super().__call__(*args, **kwargs)
        tenant_id = kwargs.get("tenant_id")
        if tenant_id is None:
            raise TaskWithoutTenant(f"{self.name} needs tenant_id=...")
        with tenant_scope(int(tenant_id)):
            return super().__call__(*args, **kwargs)
