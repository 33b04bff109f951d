"""A mail server that delivers nothing: every mail becomes a file, so that what would have gone out can be looked at.

python -m demo.mail_sink PORT FOLDER
"""

import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller


class Sink:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server, _session, envelope):
        """Called by aiosmtpd for each mail: the next number is its name."""
        number = len(list(self.folder.glob("*.eml"))) + 1
        (self.folder / f"{number:04}.eml").write_bytes(envelope.content)
        return "250 kept"


if __name__ == "__main__":
    Controller(Sink(Path(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    signal.pause()
