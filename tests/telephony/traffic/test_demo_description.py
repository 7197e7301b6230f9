"""The demo's description: read whole, or refused with what it lacks."""

import json
from typing import Any

import pytest

from telephony.traffic.demo_description import BadDescription, read_demo


def described() -> dict[str, Any]:
    return {
        "address": "http://127.0.0.1:8000/",
        "simulated": False,
        "tenants": [
            {
                "slug": "acme",
                "groups": [{"numbers": ["+1", "+2"]}, {"numbers": ["+3"]}],
                "phones": [
                    {
                        "extension": "101",
                        "username": "acme-101",
                        "password": "x",
                        "server": "127.0.0.1",
                        "port": 5060,
                        "agent_id": 7,
                    },
                ],
                "api_key": "helin_k",
            }
        ],
        "carrier": {
            "bind": "127.0.0.2",
            "port": 5080,
            "server": "127.0.0.1",
            "server_port": 5060,
        },
    }


def test_everything_that_traffic_needs_is_read() -> None:
    demo = read_demo(json.dumps(described()))
    assert demo.address == "http://127.0.0.1:8000"
    assert demo.carrier.bind == ("127.0.0.2", 5080)
    assert demo.carrier.server == ("127.0.0.1", 5060)
    (tenant,) = demo.tenants
    assert tenant.numbers == ("+1", "+2", "+3")
    (phone,) = tenant.phones
    assert (phone.username, phone.server, phone.agent_id) == ("acme-101", ("127.0.0.1", 5060), 7)


@pytest.mark.parametrize("missing", ["address", "tenants", "carrier"])
def test_what_is_missing_is_named(missing: str) -> None:
    given = described()
    del given[missing]
    with pytest.raises(BadDescription, match=missing):
        read_demo(json.dumps(given))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"address": 1, "tenants": 5}'])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        read_demo(text)
