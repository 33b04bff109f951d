"""Processes started here: none outlives the one that started it."""

import ctypes
import signal
import subprocess

from .errors import SetupError
from .ports import check_free, wait_open

PR_SET_PDEATHSIG = 1


def die_with_parent():
    """Have the kernel stop this process when the one that started it dies, even by kill -9: no port stays taken."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Server:
    """A process that listens on a port. Subclasses set ``name``, ``port`` and ``log_path``."""

    name = "The server"
    port = None
    log_path = None
    process = None

    def launch(self, command, seconds, **options):
        """Start ``command`` and wait until its port is open.

        :raise SetupError: the port is taken, or the process ends or does not listen within ``seconds``
        """
        check_free(self.port, self.name)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("a") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent, **options
            )
        try:
            wait_open(self.port, self.process, seconds, self.name)
        except SetupError as error:
            raise SetupError(f"{error} See {self.log_path}") from error

    def stop(self, sig=signal.SIGTERM):
        """Stop the process; with SIGKILL, as a crash would."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
