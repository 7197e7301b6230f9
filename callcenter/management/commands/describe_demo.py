"""Tell how to reach the demo: for people, or with --json for scripts."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from callcenter.demo.selectors import describe_demo


class Command(BaseCommand):
    help = "Tell the demo's address, logins, numbers, phones and keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, **options: Any) -> None:
        try:
            demo = describe_demo()
        except OperationalError as problem:
            raise CommandError("No Helin runs here: start it with ./run") from problem
        if options["json"]:
            self.stdout.write(json.dumps(demo, indent=1, ensure_ascii=False))
            return
        for tenant in demo["tenants"]:
            self.stdout.write(f"\n{tenant['name']}   {tenant['url']}")
            first = {login["role"]: login for login in reversed(tenant["logins"])}
            for role in ("agent", "supervisor", "manager", "admin"):
                login = first[role]
                self.stdout.write(f"  {role:<11} {login['email']:<28} {login['password']}")
            for group in tenant["groups"]:
                self.stdout.write(f"  {group['name']:<11} {', '.join(group['numbers'])}")
        operator = demo["operator"]
        self.stdout.write(f"\nPlatform operator: {operator['email']}  {operator['password']}")
