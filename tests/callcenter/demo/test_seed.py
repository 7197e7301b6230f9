"""The demo is what its description says, twice seeded or once."""

import hashlib

import pytest
from django.test import override_settings

from callcenter.accounts.models import ApiKey, User
from callcenter.agents.models import Device
from callcenter.demo.company import PASSWORD
from callcenter.demo.selectors import describe_demo
from callcenter.demo.services import NotInProduction, seed_demo
from callcenter.groups.models import Clip
from callcenter.tenants.scope import system_scope

pytestmark = pytest.mark.django_db


def test_seeding_twice_changes_nothing_and_the_description_holds() -> None:
    seed_demo()
    first = describe_demo()
    seed_demo()
    assert describe_demo() == first
    assert [tenant["slug"] for tenant in first["tenants"]] == ["acme", "globex"]
    for tenant in first["tenants"]:
        assert len(tenant["groups"]) >= 2
        roles = [login["role"] for login in tenant["logins"]]
        assert [roles.count(role) for role in ("agent", "supervisor", "manager", "admin")] == [
            6, 1, 1, 1,
        ]  # fmt: skip
    assert User.objects.get(email="agent1@acme.example").check_password(PASSWORD)


def test_a_told_phone_secret_is_the_one_that_is_checked() -> None:
    seed_demo()
    phone = describe_demo()["tenants"][0]["phones"][0]
    text = f"{phone['username']}:{phone['realm']}:{phone['password']}"
    with system_scope("the test looks into the first tenant"):
        device = Device.objects.get(tenant__slug="acme", extension=phone["extension"])
        assert device.digest == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        assert ApiKey.objects.count() == 2
        assert all(clip.seconds > 1 for clip in Clip.objects.all())


@override_settings(IN_DEVELOPMENT=False)
def test_production_gets_no_demo() -> None:
    with pytest.raises(NotInProduction):
        seed_demo()
