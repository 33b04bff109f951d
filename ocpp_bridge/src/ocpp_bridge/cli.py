"""The command line: `ocpp-bridge serve | status | replay | export | hash-password`."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from .errors import BridgeError
from .settings import PREFIX, Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 fine, 1 error (one line on stderr), 3 a replay that differs from what was stored."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except BridgeError as error:
        print(f"ocpp-bridge: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # `ocpp-bridge export | head`: the reader has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ocpp-bridge", description="OCPP charge points to CDRs in Odoo.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", default=os.environ.get(f"{PREFIX}CONFIG"), help="settings file (TOML)")
    common.add_argument("--journal", help="journal file, instead of the setting")

    commands.add_parser("serve", parents=[common], help="run the bridge").set_defaults(run=_serve)

    status = commands.add_parser("status", parents=[common], help="what the journal and outbox hold")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)

    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--station", help="identity")
    choice.add_argument("--since", help="session start or arrival, e.g. 2026-10-01T00:00:00Z")
    choice.add_argument("--until", help="the same, exclusive")

    again = commands.add_parser("replay", parents=[common, choice], help="make CDRs again from the journal")
    again.add_argument("--transaction", help="2.x transactionId, 1.6 transactionId, or external id")
    again.add_argument("--push", action="store_true", help="send what is identical, or was never taken, to Odoo again")
    again.set_defaults(run=_replay)

    export = commands.add_parser("export", parents=[common, choice], help="CDRs or raw messages as JSON lines")
    export.add_argument("--what", choices=("cdrs", "messages", "both"), default="cdrs")
    export.set_defaults(run=_export)

    commands.add_parser("hash-password", help="password on stdin -> scrypt hash").set_defaults(run=_hash_password)
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    settings = load_settings(options.config)
    return replace(settings, journal=options.journal) if options.journal else settings


def _keep_private(journal: str = "") -> None:
    """Files hold personal data: badges, movements, password hashes. What earlier versions left open is closed."""
    os.umask(0o077)
    for name in (journal, *(f"{journal}{end}" for end in ("-wal", "-shm", ".lock", ".directory.json"))):
        with contextlib.suppress(OSError):  # not there, or another user's
            if journal:
                os.chmod(name, os.stat(name).st_mode & 0o700)


def _serve(options: argparse.Namespace) -> int:
    import uvloop

    from .logs import configure_logging
    from .server.app import serve

    settings = _settings(options)
    configure_logging(settings.log_level)
    _keep_private(settings.journal)
    uvloop.run(serve(settings))
    return 0


def _status(options: argparse.Namespace) -> int:
    from .commands.status import show_status

    return show_status(_settings(options), options.json)


def _replay(options: argparse.Namespace) -> int:
    from .commands.replay import replay

    _keep_private()
    return replay(_settings(options), options.station, options.since, options.until, options.transaction, options.push)


def _export(options: argparse.Namespace) -> int:
    from .commands.export import export

    _keep_private()
    return export(_settings(options), options.what, options.station, options.since, options.until)


def _hash_password(options: argparse.Namespace) -> int:
    from .server.passwords import hash_password

    print(hash_password(sys.stdin.buffer.readline().rstrip(b"\r\n")))
    return 0
