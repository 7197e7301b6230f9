"""The real Asterisk (`pbx`) and small companies for it."""

from tests.telephony.companies import company
from tests.telephony.private_pbx import pbx

__all__ = ["company", "pbx"]
