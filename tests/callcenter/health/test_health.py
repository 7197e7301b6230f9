"""What probes and Prometheus are told, and what strangers are not."""

import pytest
from django.test import Client, override_settings

from callcenter.health import selectors
from tests.cast import make_user

pytestmark = pytest.mark.django_db


def test_a_node_with_its_stores_is_healthy(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True}


@override_settings(VALKEY_URL="redis://127.0.0.1:1/0")
def test_a_node_without_valkey_is_not(client: Client) -> None:
    assert client.get("/health/").status_code == 503
    assert selectors.valkey().is_ok is False


@override_settings(METRICS_TOKEN="s3cret")
def test_metrics_are_for_who_has_the_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    answer = client.get("/metrics", headers={"authorization": "Bearer s3cret"})
    assert b'helin_up{part="database",pbx=""} 1.0' in answer.content
    assert b"helin_commands_waiting" in answer.content
    assert b"helin_disk_free_ratio" in answer.content


def test_a_listener_never_heard_of_is_unknown_not_down() -> None:
    assert selectors.pbx_link("nowhere").is_ok is None


def test_the_page_is_for_operators(client: Client) -> None:
    client.force_login(make_user("alice@example.com"))
    assert client.get("/operator/health/").status_code == 404
    client.force_login(make_user("olev@example.com", operator=True))
    answer = client.get("/operator/health/")
    assert answer.status_code == 200
    assert "pbx:pbx1" in answer.content.decode()
