"""One error family; every message says what was wrong, where, and what to do."""


class BridgeError(Exception):
    """Base of everything this package raises on purpose."""


class SettingsError(BridgeError):
    """A setting is missing, unknown or has a wrong value."""


class JournalError(BridgeError):
    """The journal cannot be opened or used."""


class JournalLockedError(JournalError):
    """Another bridge works on this journal file."""


class JournalVersionError(JournalError):
    """The journal file was made by another version of the bridge."""


class JournalWriteError(JournalError):
    """A message could not be put on disk; the charge point must be told so, and try again."""


class OdooError(BridgeError):
    """A call to Odoo did not give an answer."""


class OdooUnavailableError(OdooError):
    """Odoo could not be reached or timed out; nothing is known about the outcome."""


class OdooRefusedError(OdooError):
    """Odoo answered with a fault: this very request is not wanted as it is."""
