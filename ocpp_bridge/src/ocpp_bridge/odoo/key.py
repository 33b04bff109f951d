"""Odoo's API key, which may come, or be replaced, while the bridge runs."""

import os

from ..errors import OdooUnavailableError
from ..settings import Settings


class ApiKey:
    """`read()` gives the key of now; the file is looked at each time and read when it changed."""

    def __init__(self, settings: Settings) -> None:
        self._path, self._key = settings.odoo_api_key_file, settings.odoo_api_key
        self._seen: tuple[int, ...] | None = None

    def read(self) -> str:
        """Raises OdooUnavailableError while there is none: chargers are served and the outbox waits."""
        if self._path:
            self._look()
        if not self._key:
            where = f"{self._path} is empty" if self._path else "set odoo_api_key or odoo_api_key_file"
            raise OdooUnavailableError(f"no API key yet: {where}; create one for the bridge's user in Odoo")
        return self._key

    def _look(self) -> None:
        """A file that is gone or unreadable for a moment (it is being replaced) leaves the key as it was."""
        try:
            found = os.stat(self._path)
            seen = found.st_mtime_ns, found.st_size, found.st_ino
            if seen != self._seen:
                with open(self._path, encoding="utf-8") as file:
                    self._key, self._seen = file.read().strip(), seen
        except (OSError, UnicodeDecodeError):
            return
