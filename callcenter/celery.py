"""The Celery application; rooms' tasks are found through `<app>/tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

app = Celery("helin", task_cls="callcenter.tenants.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "expire-commands": {"task": "telephony.commands.tasks.expire_commands", "schedule": 10.0},
    "convert-recordings": {
        "task": "telephony.recordings.tasks.convert_waiting",
        "schedule": 30.0,
    },
    "purge-recordings": {
        "task": "telephony.recordings.tasks.purge_expired",
        "schedule": 600.0,
    },
    "sweep-recording-exports": {
        "task": "telephony.recordings.tasks.sweep_exports",
        "schedule": 60.0,
    },
    # a tick that found no worker is not made up for: the next one sees all that is due
    "send-due-reports": {
        "task": "reports.schedules.tasks.send_due_reports",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "forget-reports": {"task": "reports.schedules.tasks.forget_reports", "schedule": 21600.0},
    "follow-contact-sources": {
        "task": "phonebook.contacts.tasks.follow_due_sources",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget-deleted-contacts": {
        "task": "phonebook.contacts.tasks.forget_deleted_contacts",
        "schedule": 21600.0,
    },
    "forget-directory-questions": {
        "task": "phonebook.naming.tasks.forget_directory_questions",
        "schedule": 21600.0,
    },
    "forget-once-answers": {
        "task": "telephony.dialling.tasks.forget_once_answers",
        "schedule": 3600.0,
    },
    "go-on-with-privacy": {
        "task": "callcenter.privacy.tasks.go_on_with_privacy",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "rewrite-late-lines": {
        "task": "callcenter.privacy.tasks.rewrite_late_lines",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "purge-events": {"task": "telephony.subscriptions.tasks.purge_events", "schedule": 3600.0},
    "fill-holidays": {"task": "callcenter.calendars.tasks.fill_all_holidays", "schedule": 21600.0},
}
