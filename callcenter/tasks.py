"""Table of contents: the tasks of the rooms of this app."""

from callcenter.accounts.tasks import send_invitation

__all__ = ["send_invitation"]
