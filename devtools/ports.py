"""Ports on the loopback interface."""

import socket
import time

from .errors import SetupError


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_free(port, what):
    """Raise a SetupError unless ``port`` can be listened on."""
    if not is_free(port):
        raise SetupError(
            f"Port {port} ({what}) is taken: stop what listens there, or choose others with PORT_BASE=28069."
        )


def wait_open(port, process, seconds, what):
    """Wait until somebody listens on ``port``; a ``process`` that ends before is an error."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise SetupError(f"{what} stopped while starting (exit code {process.returncode}).")
        time.sleep(0.1)
    raise SetupError(f"{what} did not open port {port} within {seconds} s.")
