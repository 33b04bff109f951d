"""From payments to one validated file: written, checked by the schema and by our rules; no Odoo.

    python -m tests.bench.payments COUNT

A process of its own, so that the peak memory is the work's. Prints {"payments", "bytes", "seconds": {step: s}, "peak_mb",
"growth_mb": of it by the work, "findings"}.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "addons" / "ev_sepa"))
# sibling files have the names of packages: this folder must not come first
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from iso20022.model import (  # noqa: E402
    CREDIT_TRANSFER,
    Account,
    Address,
    Block,
    Conventions,
    Party,
    PaymentFile,
    Transaction,
)
from iso20022.rules import check_rules  # noqa: E402
from iso20022.schemas import check_schema  # noqa: E402
from iso20022.writer import write  # noqa: E402

TODAY, DAY = date(2026, 11, 23), date(2026, 11, 24)
CONVENTIONS = Conventions("pain.001.001.09", name_length=140)
OWN = Party("Ladepark Betriebs GmbH", Address("DE", "Düsseldorf", "40212", "Königsallee", "1"), "CPO1")
BANK_CODE = 37040044
MODULUS = 97


def make_iban(number):
    """A German IBAN of its own for each payee, its check digits computed (ISO 13616: `DE00` is 131400 behind the number)."""
    account = f"{BANK_CODE}{number:010}"
    return f"DE{MODULUS + 1 - int(account + '131400') % MODULUS:02}{account}"


def make_file(count):
    """One block of `count` payments, each to a partner of its own."""
    payments = tuple(
        Transaction(
            f"EVPAY-2026-{number:07}",
            Decimal(number * 137 % 500_000 + 1).scaleb(-2),
            "EUR",
            Party(
                f"Größe & Söhne {number} GmbH",
                Address("DE", "Köln", "50667", f"Straße {number % 900}", str(number % 99 + 1)),
            ),
            Account(make_iban(number)),
            f"ST-2026-{number:07} RBILL/2026/{number:07}",
            instruction_id=f"I{number}",
        )
        for number in range(count)
    )
    block = Block(
        "EVBATCH-2026-11-1", DAY, OWN, Account(make_iban(count), bic="COBADEFFXXX"), payments, batch_booking=True
    )
    return PaymentFile(CREDIT_TRANSFER, "EVMSG-2026-11-1", datetime(2026, 11, 23, 9, tzinfo=UTC), OWN, (block,))


def measure(count):
    """The whole path in this process."""
    before, seconds = get_peak_mb(), {}

    def time_step(name, work):
        start = time.perf_counter()
        made = work()
        seconds[name] = round(time.perf_counter() - start, 2)
        return made

    payment_file = time_step("facts", lambda: make_file(count))
    content = time_step("write", lambda: write(payment_file, CONVENTIONS))
    findings = time_step("schema", lambda: check_schema(content))
    findings += time_step("rules", lambda: check_rules(content, CONVENTIONS, TODAY))
    peak = get_peak_mb()
    return {
        "payments": count,
        "bytes": len(content),
        "seconds": seconds,
        "peak_mb": peak,
        "growth_mb": peak - before,
        "findings": len(findings),
    }


def get_peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(count) -> dict:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.payments", str(count)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1])), sys.stdout)
    print()
