"""Server time of the portal's pages over one eMSP's large list: `python -m tests.bench.portal URL PATH QUERY...`.

Each page is asked for a few times over one kept connection; the median counts, with everything the server does for it. Prints
{"pages": {query: ms}, "slowest_ms": ms}.
"""

import json
import statistics
import sys
import time

import requests

TURNS = 7


def measure(browser, address):
    """Milliseconds of each turn; the page must be there."""
    times = []
    for _turn in range(TURNS):
        began = time.perf_counter()
        answer = browser.get(address, timeout=60)
        times.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        if 'name="count"' not in answer.text:
            raise AssertionError(f"{address} shows no sessions")
    return times


def main(url, path, queries):
    browser = requests.Session()
    measure(browser, url + path)
    pages = {query: round(statistics.median(measure(browser, f"{url}{path}&{query}"))) for query in queries}
    return {"pages": pages, "slowest_ms": max(pages.values())}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3:])))
