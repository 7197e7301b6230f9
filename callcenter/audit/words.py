"""Audit entries in words. Pure: an entry's JSON in, sentences out.

A room that records a new action or field adds its words here; what has none yet is shown as it is.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Words = str | Promise
Choices = Mapping[str, Mapping[Any, Any]]

KINDS: dict[str, Words] = {
    "group": _("Groups"),
    "queue": _("Queues"),
    "number": _("Numbers"),
    "clip": _("Clips"),
    "calendar": _("Calendars"),
    "agent": _("Agents"),
    "device": _("Phones"),
    "pause_reason": _("Pause reasons"),
    "outgoing": _("Outgoing calls"),
    "person": _("People"),
    "api_key": _("API keys"),
    "wallboard": _("Wallboards"),
    "calls": _("Calls"),
    "recording": _("Recordings"),
    "recordings": _("Exports and clearing of recordings"),
    "report": _("Reports"),
    "contact": _("Contacts"),
    "contact_secret": _("Private contacts"),
    "phonebook": _("Phonebooks"),
    "naming": _("Names of callers"),
    "directory": _("Directories of others"),
    "phone_directory": _("Phonebooks on phones"),
    "card": _("Customer cards"),
    "privacy": _("Privacy"),
    "webhook": _("Webhooks"),
    "browser_key": _("Keys of web pages"),
    "call_init": _("Door call-init.php"),
    "targad": _("Door of Targad koned"),
    "callback": _("Callbacks"),
    "callbacks": _("Rules of callbacks"),
    "note": _("Notes"),
    "work": _("Work"),
    "activity": _("Activities"),
    "time": _("Time entries"),
    "project": _("Projects"),
    "task_type": _("Kinds of work"),
    "statistics": _("Statistics"),
    "tenant": _("Company"),
}
ACTIONS: dict[str, Words] = {
    "group.created": _("made the group"),
    "group.renamed": _("renamed the group"),
    "group.changed": _("changed the group"),
    "group.activated": _("took into use the group"),
    "group.deactivated": _("took out of use the group"),
    "group.member_added": _("added an agent to the group"),
    "group.member_removed": _("removed an agent from the group"),
    "group.penalty_changed": _("changed an agent's level in the group"),
    "group.number_added": _("added a number to the group"),
    "group.number_removed": _("removed a number from the group"),
    "number.changed": _("changed the number"),
    "webhook.created": _("made the webhook"),
    "webhook.changed": _("changed the webhook"),
    "webhook.deleted": _("deleted the webhook"),
    "webhook.secret_renewed": _("gave a new secret to the webhook"),
    "webhook.paused": _("paused the webhook"),
    "webhook.resumed": _("resumed the webhook"),
    "webhook.replayed": _("sent again the events of the webhook"),
    "webhook.tested": _("sent a test by the webhook"),
    "queue.created": _("made the queue"),
    "queue.renamed": _("renamed the queue"),
    "queue.changed": _("changed the queue"),
    "queue.deleted": _("deleted the queue"),
    "clip.created": _("uploaded the clip"),
    "clip.replaced": _("replaced the recording of the clip"),
    "clip.changed": _("changed the clip"),
    "clip.deleted": _("deleted the clip"),
    "calendar.created": _("made the calendar"),
    "calendar.renamed": _("renamed the calendar"),
    "calendar.changed": _("changed the calendar"),
    "calendar.deleted": _("deleted the calendar"),
    "calendar.hours_added": _("added opening hours to the calendar"),
    "calendar.hours_removed": _("removed opening hours from the calendar"),
    "calendar.day_copied": _("copied a day's hours in the calendar"),
    "calendar.exception_added": _("added an exception to the calendar"),
    "calendar.exception_removed": _("removed an exception from the calendar"),
    "calendar.forced": _("forced the calendar"),
    "agent.created": _("made the agent"),
    "agent.changed": _("changed the agent"),
    "device.created": _("added the phone"),
    "device.changed": _("changed the phone"),
    "device.secret_rotated": _("made a new secret for the phone"),
    "pause_reason.created": _("made the pause reason"),
    "pause_reason.changed": _("changed the pause reason"),
    "pause_reason.moved": _("moved the pause reason"),
    "agent.log_in": _("logged in"),
    "agent.log_out": _("logged out"),
    "agent.pause": _("paused"),
    "agent.resume": _("ended the pause of"),
    "agent.hang_up": _("hung up the call of"),
    "agent.dial": _("called by click from the phone of"),
    "agent.echo": _("tested the phone of"),
    "agent.record_clip": _("began to record a clip by the phone of"),
    "browser_key.created": _("made the key of web pages"),
    "browser_key.revoked": _("revoked the key of web pages"),
    "call_init.changed": _("changed the door"),
    "targad.changed": _("changed the door"),
    "targad.notification_on": _("had calls told of the phone"),
    "targad.notification_off": _("stopped telling calls of the phone"),
    "agent.pause_after_call": _("asked for a pause after the call for"),
    "agent.wrap_up_extended": _("extended the wrap-up of"),
    "person.invited": _("invited"),
    "person.changed": _("changed the rights of"),
    "api_key.created": _("made the API key"),
    "api_key.revoked": _("revoked the API key"),
    "wallboard.made": _("made the wallboard"),
    "wallboard.revoked": _("revoked the wallboard"),
    "tenant.created": _("made the company"),
    "tenant.changed": _("changed the company"),
    "outgoing.allowed": _("allowed calls to numbers that begin with"),
    "outgoing.forbidden": _("no longer allows calls to numbers that begin with"),
    "calls.exported": _("exported the calls of"),
    "agent.pause_recording": _("paused the recording for"),
    "agent.resume_recording": _("resumed the recording for"),
    "recording.listened": _("listened to the recording"),
    "recording.downloaded": _("downloaded the recording"),
    "recording.exported": _("exported the recording"),
    "recording.noted": _("noted something at the recording"),
    "recording.note_removed": _("removed a note from the recording"),
    "recording.kept": _("keeps the recording"),
    "recording.released": _("no longer keeps the recording"),
    "recording.deleted": _("deleted the recording"),
    "recordings.exported": _("ordered a zip of recordings of"),
    "recordings.purged": _("cleared the expired recordings of"),
    "privacy.searched": _("looked somebody up in case"),
    "privacy.held": _("put a legal hold on case"),
    "privacy.released": _("lifted the legal hold of case"),
    "privacy.copy_ordered": _("ordered a copy of the data of case"),
    "privacy.copy_fetched": _("fetched the copy of the data of case"),
    "privacy.erasure_ordered": _("ordered to erase the person of case"),
    "privacy.erasure_stopped": _("stopped, because of a legal hold, the erasure of case"),
    "privacy.erased": _("erased the person of case"),
    "report.ordered": _("ordered the report"),
    "report.changed": _("changed the order of the report"),
    "report.paused": _("paused the report"),
    "report.resumed": _("resumed the report"),
    "report.deleted": _("deleted the order of the report"),
    "report.restored": _("brought back the order of the report"),
    "report.sent_again": _("sent a report again:"),
    "contact.created": _("added to the phonebook"),
    "contact.changed": _("changed the contact"),
    "contact.deleted": _("deleted the contact"),
    "contact.restored": _("restored the contact"),
    "contact.merged": _("merged duplicates into the contact"),
    "contact.photo_changed": _("changed the photo of"),
    "contact.photo_removed": _("removed the photo of"),
    "contact_secret.created": _("added a private contact to"),
    "contact_secret.changed": _("changed a private contact in"),
    "contact_secret.deleted": _("deleted a private contact from"),
    "contact_secret.restored": _("restored a private contact in"),
    "contact_secret.merged": _("merged private contacts in"),
    "contact_secret.photo_changed": _("changed the photo of a private contact in"),
    "contact_secret.photo_removed": _("removed the photo of a private contact in"),
    "naming.changed": _("changed the order of names"),
    "directory.created": _("made the directory"),
    "directory.changed": _("changed the directory"),
    "directory.deleted": _("deleted the directory"),
    "phone_directory.made": _("made the phonebook's address for the phone"),
    "phone_directory.revoked": _("took away the phonebook's address of the phone"),
    "card.created": _("made the customer card"),
    "card.changed": _("changed the customer card"),
    "card.deleted": _("deleted the customer card"),
    "card.group_link": _("changed the address that calls open of the group"),
    "callback.given_up": _("gave up calling back"),
    "callback.taken_up": _("took up again calling back"),
    "callbacks.number_blocked": _("put on the list of those never called back"),
    "callbacks.number_allowed": _("took off the list of those never called back"),
    "callbacks.due_changed": _("changed when callbacks are due at"),
    "note.written": _("wrote the note"),
    "note.changed": _("changed the note"),
    "note.deleted": _("deleted the note"),
    "work.deleted": _("deleted the entry of work"),
    "work.exported": _("exported the work of"),
    "activity.recorded": _("wrote down the activity"),
    "time.recorded": _("wrote down the time entry"),
    "project.created": _("made the project"),
    "project.changed": _("changed the project"),
    "task_type.created": _("made the kind of work"),
    "task_type.changed": _("changed the kind of work"),
    "statistics.exported": _("exported the statistics of"),
    "phonebook.created": _("made the phonebook"),
    "phonebook.changed": _("changed the phonebook"),
    "phonebook.deleted": _("deleted the phonebook"),
    "phonebook.imported": _("imported a file into the phonebook"),
    "phonebook.exported": _("exported the phonebook"),
    "phonebook.normalised": _("read all numbers of contacts again in"),
    "phonebook.source_created": _("gave a source to the phonebook"),
    "phonebook.source_changed": _("changed a source of the phonebook"),
    "phonebook.source_deleted": _("took a source from the phonebook"),
    "phonebook.synchronised": _("synchronised the phonebook"),
}
FIELDS: dict[str, Words] = {
    "name": _("Name"),
    "slug": _("Short name"),
    "calendar": _("Calendar"),
    "greeting": _("Greeting"),
    "closed_clip": _("Closed message"),
    "is_recorded": _("Calls are recorded"),
    "consent_clip": _("Announcement of recording"),
    "recording_days": _("Recordings are kept (days)"),
    "keeps_uncompressed": _("Uncompressed recordings"),
    "count": _("Number of them"),
    "caller_id": _("Caller ID"),
    "wrap_up_seconds": _("Wrap-up (seconds)"),
    "answer_within_seconds": _("Answer within (seconds)"),
    "service_level_target": _("Target (%)"),
    "service_level_mode": _("Service level"),
    "short_abandon_seconds": _("Short abandon (seconds)"),
    "is_active": _("In use"),
    "agent": _("Agent"),
    "penalty": _("Level"),
    "number": _("Number"),
    "label": _("Label"),
    "queue": _("Queue"),
    "group": _("Group"),
    "strategy": _("Who is called"),
    "ring_seconds": _("Ring (seconds)"),
    "retry_seconds": _("Pause between attempts (seconds)"),
    "max_wait_seconds": _("Longest wait (seconds)"),
    "max_length": _("Most callers waiting"),
    "takes_calls_without_agents": _("Takes calls without agents"),
    "announces_position": _("Tells the position"),
    "overflow_on_timeout": _("After the longest wait"),
    "overflow_on_full": _("When full"),
    "overflow_on_no_agents": _("Without agents"),
    "exit_key": _("Key that leaves the queue"),
    "overflow_on_key": _("After that key"),
    "overflow_clip": _("Overflow clip"),
    "overflow_queue": _("Overflow queue"),
    "description": _("Description"),
    "is_public": _("For everybody"),
    "seconds": _("Length (seconds)"),
    "sha256": _("Checksum"),
    "holiday_country": _("Holidays of"),
    "holiday_region": _("Region"),
    "forced": _("Forced"),
    "forced_until": _("Until"),
    "weekday": _("Day"),
    "hours": _("Hours"),
    "week": _("Hours"),
    "first_day": _("First day"),
    "last_day": _("Last day"),
    "opens_minute": _("Opens"),
    "closes_minute": _("Closes"),
    "code": _("Code"),
    "max_minutes": _("Longest (minutes)"),
    "order": _("Order"),
    "device": _("Phone that rings"),
    "extension": _("Extension"),
    "kind": _("Kind"),
    "new_password": _("New password"),
    "new_token": _("New token"),
    "is_open": _("Open"),
    "main_user": _("Main user"),
    "networks": _("Networks"),
    "origins": _("Web sites"),
    "answers_itself": _("Picks up by itself"),
    "prefix": _("Begins with"),
    "note": _("Note"),
    "role": _("Role"),
    "reason": _("Reason"),
    "until": _("Until"),
    "group_ids": _("Groups"),
    "company": _("Company"),
    "job_title": _("Job"),
    "email": _("E-mail"),
    "web": _("Web"),
    "address": _("Address"),
    "numbers": _("Numbers"),
    "custom": _("Further fields"),
    "visibility": _("Who sees it"),
    "external_id": _("External id"),
    "merged": _("Merged"),
    "members_add": _("Readers may add"),
}
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    field: Words
    before: str | None  # None: only what came of it is known
    after: str | None


def action_words(action: str) -> str:
    found = ACTIONS.get(action)
    return str(found) if found else action.replace(".", ": ").replace("_", " ")


def differences_in_words(
    before: Mapping[str, Any], after: Mapping[str, Any], choices: Choices | None = None
) -> list[Difference]:
    """In the order of FIELDS. `choices`: field -> value -> what people call it."""
    fields = sorted({*before, *after}, key=_place)
    words = choices or {}
    return [
        Difference(
            FIELDS.get(field, field.replace("_", " ")),
            _value(field, before[field], words) if field in before else None,
            _value(field, after[field], words) if field in after else None,
        )
        for field in fields
        if field not in _UNTOLD and before.get(field, _ABSENT) != after.get(field, _ABSENT)
    ]


def _place(field: str) -> tuple[int, str]:
    return (_PLACES.get(field, len(_PLACES)), field)


_PLACES = {field: place for place, field in enumerate(FIELDS)}
_UNTOLD = frozenset({"sha256"})
_ABSENT = object()


def _value(field: str, value: Any, choices: Choices) -> str:
    if isinstance(value, str) and value in choices.get(field, {}):
        return str(choices[field][value])
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field == "weekday":
        return _weekday(value)
    if field in {"opens_minute", "closes_minute"}:
        return _clock(value)
    if field in {"first_day", "last_day"}:
        return date_format(datetime.date.fromisoformat(value), "SHORT_DATE_FORMAT")
    if field in {"forced_until", "until"}:
        moment = datetime.datetime.fromisoformat(value)
        return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
    if field == "hours":
        return _hours(value)
    if field == "week" and isinstance(value, Mapping):
        return "; ".join(f"{_weekday(day)} {_hours(hours)}" for day, hours in value.items())
    if field == "custom" and isinstance(value, Mapping):
        return ", ".join(f"{label}: {text}" for label, text in value.items()) or NOTHING
    if isinstance(value, Mapping):
        return str(value.get("name", value.get("number", value)))
    if isinstance(value, list):
        return ", ".join(_value("", item, choices) for item in value) or NOTHING
    return str(value)


def _weekday(day: Any) -> str:
    number = int(day)
    return str(WEEKDAYS[number - 1]) if 1 <= number <= 7 else str(day)


def _clock(minute: Any) -> str:
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def _hours(stretches: Iterable[Any]) -> str:
    words = ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in stretches)
    return words or NOTHING
