"""The text of what goes over the socket."""

import json
from typing import Any

import pytest
from django.utils.safestring import mark_safe

from telephony.live.frames import to_text


class Seconds(float):
    pass


@pytest.mark.parametrize(
    "value",
    [
        {"name": 'Jürgen \u2028 \x00 <b> "', "since": 1795294081.656, "none": None, "yes": True},
        {"text": mark_safe("<b>safe</b>"), "wait": Seconds(1.5), "agents": [1, 2], 7: "seven"},
    ],
)
def test_it_reads_as_what_it_was(value: dict[Any, Any]) -> None:
    assert json.loads(to_text(value)) == {str(key): one for key, one in value.items()}


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be sent"):
        to_text({"order": object()})
