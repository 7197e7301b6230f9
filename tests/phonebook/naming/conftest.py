"""The real Asterisk and small companies for it, as tests/telephony has them."""

from tests.telephony.companies import company
from tests.telephony.private_pbx import listener, pbx

__all__ = ["company", "listener", "pbx"]
