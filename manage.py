#!/usr/bin/env python3
"""Django's command line. Without DATABASE_URL it works on the Helin that ./run keeps here."""

import os
import sys
from pathlib import Path

VENV_PYTHON = Path(__file__).resolve().parent / "var" / "venv" / "bin" / "python"


def main() -> None:
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        # another Python than the one that ./run has filled
        if not VENV_PYTHON.exists() or Path(sys.prefix) == VENV_PYTHON.parents[1]:
            raise
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606
    from callcenter.runtime.instance import adopt_environment

    adopt_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
