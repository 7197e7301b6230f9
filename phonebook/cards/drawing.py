"""A company's own template over JSON, drawn where it can do no harm.

The template runs in a process of its own that may use little time and memory, inside Jinja's
sandbox; of what comes out only plain elements stay (sanitising.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from callcenter.tenants.refusals import Refusal
from phonebook.cards.sanitising import sanitised

SECONDS = 3.0
MOST_BYTES = 200_000
_PROGRAM = Path(__file__).with_name("drawing_process.py")


class TemplateBroken(Refusal):
    def __init__(self, why: str) -> None:
        words = gettext("The template cannot be read: %(why)s")
        super().__init__(words % {"why": why[:300]}, "template")


class NotDrawn(Refusal):
    """It took too long, wanted too much, or failed."""


def check_template(text: str) -> None:
    """Raises TemplateBroken."""
    try:
        ImmutableSandboxedEnvironment().parse(text)
    except (TemplateError, RecursionError) as error:
        raise TemplateBroken(str(error)) from error


def draw(template: str, data: Any, number: str) -> SafeString:
    """HTML of plain elements. Takes SECONDS at most; raises NotDrawn."""
    sent = json.dumps({"template": template, "data": data, "number": number})
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM)], input=sent.encode(), capture_output=True,
            timeout=SECONDS, check=False, env={"PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NotDrawn(gettext("The card's template takes too long.")) from error
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
        words = gettext("The card's template fails: %(why)s")
        raise NotDrawn(words % {"why": why[0][:200] or gettext("it wants too much")})
    return mark_safe(sanitised(done.stdout[:MOST_BYTES].decode(errors="replace")))  # noqa: S308
