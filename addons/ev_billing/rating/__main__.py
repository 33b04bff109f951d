"""The engine's command line: `python -m rating COMMAND`, run from addons/ev_billing."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from .cli import explain, price_ocpi

COMMANDS = {"explain": explain, "price-ocpi": price_ocpi}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. :returns: its exit code; 2 for a command line that cannot be understood."""
    parser = ArgumentParser(prog="python -m rating", description="The pricing engine of EV Billing.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        module.add_arguments(commands.add_parser(name, help=summary, description=module.__doc__))
    arguments = parser.parse_args(argv)
    return COMMANDS[arguments.command].run(arguments)


if __name__ == "__main__":
    sys.exit(main())
