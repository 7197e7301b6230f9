"""Naming's work in the background."""

from __future__ import annotations

from celery import shared_task

from phonebook.naming.services import forget_old_questions


@shared_task(cross_tenant=True)
def forget_directory_questions() -> None:
    forget_old_questions()
