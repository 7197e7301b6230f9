"""What Helin reads from its environment."""

import pytest

from callcenter.environment import read_pbxes


def test_a_pbxs_secret_is_not_in_what_logs_show_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIN_PBXES", "pbx1=ami://helin:hush%2Fhush@127.0.0.1:5038")
    address = read_pbxes("HELIN_PBXES", "")["pbx1"]
    assert address.secret == "hush/hush"
    assert "hush" not in repr(address)
