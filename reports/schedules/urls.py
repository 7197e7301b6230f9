"""Reports by mail, inside `/t/<slug>/reports/`."""

from __future__ import annotations

from django.urls import path

from reports.schedules.views import orders, outbox, runs

urlpatterns = [
    path("", orders.reports, name="reports"),
    path("new/", orders.new_report, name="report_new"),
    path("preview/", orders.preview, name="report_preview"),
    path("undo/<int:entry_id>/", orders.undo, name="reports_undo"),
    path("<int:pk>/", orders.report, name="report"),
    path("<int:pk>/change/", orders.change, name="report_change"),
    path("<int:pk>/test/", orders.test, name="report_test"),
    path("<int:pk>/pause/", orders.pause, name="report_pause"),
    path("<int:pk>/resume/", orders.resume, name="report_resume"),
    path("<int:pk>/delete/", orders.delete, name="report_delete"),
    path("<int:pk>/restore/", orders.restore, name="report_restore"),
    path("runs/<int:pk>/", runs.run, name="report_run"),
    path("runs/<int:pk>/state/", runs.state, name="report_run_state"),
    path("runs/<int:pk>/mail/", runs.mail, name="report_run_mail"),
    path("runs/<int:pk>/report.<str:form>", runs.download, name="report_run_file"),
    path("runs/deliveries/<int:pk>/send-again/", runs.send_once_more, name="report_delivery_again"),
    path("outbox/", outbox.mails, name="report_outbox"),
    path("outbox/<uuid:token>/", outbox.mail, name="report_outbox_mail"),
    path("outbox/<uuid:token>/body/", outbox.body, name="report_outbox_body"),
    path("outbox/<uuid:token>/<int:place>/", outbox.attachment, name="report_outbox_file"),
]
