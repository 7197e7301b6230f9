"""The shape that ARCHITECTURE.md promises: names, sizes, walls, tasks."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.db import connection, models

from callcenter.tenants.models import TenantManager

ROOT = Path(__file__).resolve().parents[2]
APPS = ("callcenter", "phonebook", "telephony", "reports")
MODULE_LINES = 400
FUNCTION_LINES = 60
NAMELESS = {"utils", "helpers", "common", "misc", "base", "manager", "handler", "core"}
# Django looks for a database backend's class in a module of this name
DJANGOS_OWN = {"callcenter/tenants/database/base.py"}


def modules() -> Iterator[Path]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_no_module_is_named_after_nothing() -> None:
    named = {str(path.relative_to(ROOT)) for path in modules() if path.stem in NAMELESS}
    assert named == DJANGOS_OWN
    folders = {path.parent.name for path in modules()}
    assert not folders & NAMELESS


def test_no_module_is_too_long() -> None:
    scripts = (path for path in (ROOT / "static" / "js").rglob("*.js"))
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (*modules(), *scripts)
        if (lines := len(path.read_text().splitlines()))
        > (MODULE_LINES if path.suffix == ".py" else MODULE_LINES // 2)
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def tenant_models() -> list[type[models.Model]]:
    return [
        model
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if any(field.name == "tenant" for field in model._meta.get_fields())
    ]


def test_every_tenant_model_has_the_guarded_manager() -> None:
    assert len(tenant_models()) > 15
    for model in tenant_models():
        assert isinstance(model._default_manager, TenantManager), model


@pytest.mark.django_db
def test_every_tenant_table_is_walled_off_for_its_owner_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polname = 'tenant_wall'"
        )
        walled = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'tenant_id'"
        )
        with_tenant = {row[0] for row in cursor.fetchall()}
    assert {model._meta.db_table for model in tenant_models()} <= walled
    assert with_tenant <= walled


@pytest.mark.django_db
def test_the_application_is_neither_owner_nor_above_the_wall() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        name, is_super, bypasses = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        owned = cursor.fetchone()[0]
    assert (name, is_super, bypasses, owned) == ("helin_app", False, False, 0)


def test_every_task_says_for_which_tenant_it_works() -> None:
    current_app.loader.import_default_modules()
    ours = {
        name: task for name, task in current_app.tasks.items() if name.partition(".")[0] in APPS
    }
    assert len(ours) >= 3
    for name, task in ours.items():
        takes_tenant = "tenant_id" in inspect.signature(task.run).parameters
        assert takes_tenant or task.cross_tenant, name
