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
    "fill-holidays": {"task": "callcenter.calendars.tasks.fill_all_holidays", "schedule": 21600.0},
}
