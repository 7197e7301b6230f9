"""The real Asterisk (`pbx`), small companies for it, and the listener that keeps it up to date."""

from tests.telephony.companies import company
from tests.telephony.private_pbx import listener, pbx

__all__ = ["company", "listener", "pbx"]
