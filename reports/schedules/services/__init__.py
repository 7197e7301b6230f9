"""What changes orders, runs and deliveries."""

from reports.schedules.services.bounces import record_bounce
from reports.schedules.services.due_table import fall_due
from reports.schedules.services.making import claim_run, make_run
from reports.schedules.services.orders import (
    Order,
    change_report,
    delete_report,
    order_report,
    pause_report,
    restore_report,
    resume_report,
    undo_change,
)
from reports.schedules.services.requests import request_preview, request_test, send_again
from reports.schedules.services.sending import claim_delivery, send_delivery

__all__ = [
    "Order",
    "change_report",
    "claim_delivery",
    "claim_run",
    "delete_report",
    "fall_due",
    "make_run",
    "order_report",
    "pause_report",
    "record_bounce",
    "request_preview",
    "request_test",
    "restore_report",
    "resume_report",
    "send_again",
    "send_delivery",
    "undo_change",
]
