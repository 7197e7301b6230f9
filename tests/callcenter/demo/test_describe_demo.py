"""What scripts and newcomers are told when nothing runs."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from callcenter.management.commands import describe_demo


def test_without_a_running_helin_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("couldn't get a connection after 5.00 sec")

    monkeypatch.setattr(describe_demo, "describe_demo", away)
    with pytest.raises(CommandError, match=r"\./run"):
        call_command("describe_demo", "--json")
