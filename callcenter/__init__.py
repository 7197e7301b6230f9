"""The company: who works here, for whom, when; and the screens that combine everything."""

from callcenter.celery import app as celery_app

__all__ = ["celery_app"]
