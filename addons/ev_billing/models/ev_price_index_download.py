"""Getting a price document over HTTPS: bounded in time and size, and never telling the token to anybody but that server.

The token travels in the query, as ENTSO-E's interface wants it (``securityToken``), so no message made here contains an
address, and urllib3's debug log has it blotted out.
"""

import logging
import re
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests

MAX_BYTES = 20 * 1024 * 1024
ATTEMPTS = 4
REDIRECTS = 3
LONGEST_WAIT = 60
TOTAL = 180
TOKEN = re.compile(r"(securityToken=)[^&\s\"']+", re.IGNORECASE)


class DownloadError(Exception):
    """Why there is no document, in one sentence without the address."""


class _Again(Exception):
    """Worth another try, after `wait` seconds if the server said so."""

    def __init__(self, sentence, wait=None):
        super().__init__(sentence)
        self.wait = wait


class _BlotToken(logging.Filter):
    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(TOKEN.sub(r"\1***", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_BlotToken())


def download(url, params, timeout=30, total=TOTAL, max_bytes=MAX_BYTES, sleep=time.sleep):
    """The body of the answer to a GET.

    :param params: the query, the token included
    :param timeout: seconds to connect, and between two pieces of the answer
    :param total: seconds for everything, waits included
    :raises DownloadError: in a sentence
    """
    end = time.monotonic() + total
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _run(_Attempt(url, params, timeout, max_bytes), end)
        except _Again as again:
            wait = min(2 ** (attempt - 1) if again.wait is None else again.wait, LONGEST_WAIT)
            if attempt == ATTEMPTS or time.monotonic() + wait > end:
                raise DownloadError(str(again)) from None
            sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _run(attempt, end):
    """One attempt in a thread of its own: a server that sends a byte now and then never runs into a socket's timeout."""
    thread = threading.Thread(target=attempt.run, name="price-index-download", daemon=True)
    thread.start()
    thread.join(max(end - time.monotonic(), 0.1))
    if thread.is_alive():
        attempt.abandoned = True
        raise DownloadError("The server was too slow: the answer was not complete in time.")
    if attempt.error:
        raise attempt.error
    return attempt.body


class _Attempt:
    def __init__(self, url, params, timeout, max_bytes):
        self.url, self.params, self.timeout, self.max_bytes = url, params, timeout, max_bytes
        self.body, self.error, self.abandoned = None, None, False

    def run(self):
        try:
            self.body = self._get()
        except (DownloadError, _Again) as error:
            self.error = error
        except requests.exceptions.SSLError:
            self.error = DownloadError("The server's certificate is not valid.")
        except requests.exceptions.Timeout:
            self.error = DownloadError(f"The server did not answer within {self.timeout} seconds.")
        except requests.exceptions.RequestException as error:
            # its text holds the address: only its kind is told
            self.error = _Again(f"The server could not be reached, or broke off ({type(error).__name__}).")
        except Exception as error:  # pylint: disable=broad-except
            self.error = DownloadError(f"The download failed ({type(error).__name__}).")

    def _get(self):
        url, params = self.url, self.params
        with requests.Session() as session:
            for _hop in range(REDIRECTS + 1):
                response = session.get(
                    url,
                    params=params,
                    timeout=self.timeout,
                    stream=True,
                    allow_redirects=False,
                    headers={"Accept": "application/xml, text/xml", "Accept-Encoding": "identity"},
                )
                with response:
                    if response.is_redirect:
                        url, params = self._follow(url, response.headers["Location"]), None
                        continue
                    self._check_status(response)
                    body = self._read(response)
                    if response.status_code == 400 and b"Acknowledgement_MarketDocument" not in body:
                        raise DownloadError(
                            "The server refused the request (400): check the address and the bidding zone."
                        )
                    return body
        raise DownloadError("The server redirects in circles.")

    @staticmethod
    def _follow(url, location):
        target = urljoin(url, location)
        if urlsplit(target)[:2] != urlsplit(url)[:2]:
            raise DownloadError("The server redirects to another host, where the token must not go.")
        return target

    @staticmethod
    def _check_status(response):
        status = response.status_code
        if status in (401, 403):
            raise DownloadError(f"The token was refused ({status}): ask the publisher for a valid one.")
        if status == 429:
            raise _Again("The server had too many requests (429): try again later.", _read_wait(response))
        if status >= 500:
            raise _Again(f"The server failed ({status}): try again later.", _read_wait(response))
        # 400 may come with an acknowledgement that says what was wrong with the request
        if status not in (200, 400):
            raise DownloadError(f"The server answered {status}: check the address.")

    def _read(self, response):
        pieces, size = [], 0
        for piece in response.iter_content(16384):
            size += len(piece)
            if size > self.max_bytes:
                raise DownloadError(f"The answer is larger than {self.max_bytes:,} bytes.")
            if self.abandoned:
                raise DownloadError("Given up.")
            pieces.append(piece)
        return b"".join(pieces)


def _read_wait(response):
    """Seconds that the Retry-After header asks for: a number or a date (RFC 9110 10.2.3); None without one."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return int(text[:6])
    try:
        return max((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds(), 0)
    except (TypeError, ValueError):
        return None
