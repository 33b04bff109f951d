"""The objects of a JSON document, one at a time: a file of 300,000 CDRs is never in memory as a whole.

Read are a list of objects, an OCPI response with the list in `data`, one object, and objects one after the other (JSON lines).
Numbers with a fraction come as `Decimal`.
"""

import io
import json
from decimal import Decimal

from ..limits import MAX_OBJECT
from ..line import ExchangeError
from ..magic import refuse_foreign

CHUNK = 1 << 18
SPACE = " \t\r\n"


def read_objects(file):
    """Yield every element of the document's list as Python values.

    :param file: binary and seekable
    :raise ExchangeError: no JSON, broken JSON (said where), or a value larger than any CDR
    """
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    refuse_foreign(head)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    stream = _Stream(_chunks_of(file, encoding))
    try:
        yield from _elements(stream)
    except UnicodeError as error:
        raise ExchangeError(f"The file is not text in UTF-8, as JSON has to be: {error}.") from error
    except RecursionError as error:
        raise ExchangeError("The file nests values deeper than any CDR does: refused.") from error


def _chunks_of(file, encoding):
    """A text reader that does not close the file it reads."""
    wrapper = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        while text := wrapper.read(CHUNK):
            yield text
    finally:
        wrapper.detach()


def _elements(stream):
    first = stream.peek()
    if first == "[":
        yield from _list(stream)
    elif first == "{":
        yield from _first_object(stream)
        while (sign := stream.peek()) is not None:
            if sign == ",":
                stream.skip()
                continue
            yield stream.value()
    else:
        raise ExchangeError(f"The file is not JSON: it begins with {first!r}. OCPI lists begin with [ or {{.")


def _list(stream):
    stream.skip()
    if stream.peek() == "]":
        stream.skip()
        return
    while True:
        yield stream.value()
        sign = stream.peek()
        stream.skip()
        if sign == "]":
            return
        if sign != ",":
            raise stream.broken("expected a comma or the end of the list", sign)


def _first_object(stream):
    """The document's first object: a response, whose `data` is read as it comes, or a CDR."""
    stream.skip()
    members, streamed = {}, False
    while (sign := stream.peek()) != "}":
        if sign == "," and members:
            stream.skip()
            sign = stream.peek()
        if sign != '"':
            raise stream.broken("expected a field's name", sign)
        key = stream.value()
        if stream.peek() != ":":
            raise stream.broken("expected a colon", stream.peek())
        stream.skip()
        if key == "data" and stream.peek() == "[" and "id" not in members:
            streamed = True
            yield from _list(stream)
            members[key] = None
        else:
            members[key] = stream.value()
    stream.skip()
    if streamed:
        return
    if isinstance(members.get("data"), dict) and "status_code" in members:
        yield members["data"]
    elif "status_code" in members and "id" not in members:
        raise ExchangeError(
            f"The response holds no CDRs: status {members['status_code']}, {members.get('status_message') or 'no message'}."
        )
    else:
        yield members


class _Stream:
    """A window that slides over the text, and a place in it."""

    def __init__(self, chunks):
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._passed = 0
        self._decode = json.JSONDecoder(parse_float=Decimal, parse_constant=Decimal).raw_decode

    def _more(self, wanted=CHUNK):
        """Add to the window; False at the end of the file."""
        parts = [self._text[self._at :]]
        self._passed += self._at
        self._at = 0
        got = 0
        for chunk in self._chunks:
            parts.append(chunk)
            got += len(chunk)
            if got >= wanted:
                break
        self._text = "".join(parts)
        return bool(got)

    def peek(self):
        """The next sign that is no space, None at the end."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in SPACE:
                at += 1
            self._at = at
            if at < len(text):
                return text[at]
            if not self._more():
                return None

    def skip(self):
        self._at += 1

    def value(self):
        """The next value, whole.

        :raise ExchangeError: broken, cut off, or larger than `MAX_OBJECT`
        """
        if self.peek() is None:
            raise ExchangeError("The file ends in the middle of the list: it was cut off. Ask for it again.")
        wanted = CHUNK
        while True:
            problem = None
            try:
                value, end = self._decode(self._text, self._at)
                # A number at the window's end may go on beyond it.
                if end < len(self._text) or not isinstance(value, (int, Decimal)) or not self._more():
                    self._at = (
                        end if end < len(self._text) or not isinstance(value, (int, Decimal)) else len(self._text)
                    )
                    return value
                continue
            except ValueError as error:
                problem = error
            if len(self._text) - self._at > MAX_OBJECT:
                raise ExchangeError(
                    f"A value after character {self._passed + self._at} is no JSON, or larger than a CDR."
                )
            if not self._more(wanted):
                raise self._explain(problem) from problem
            wanted *= 2

    def broken(self, expected, sign):
        where = self._passed + self._at
        found = "the end of the file" if sign is None else repr(sign)
        return ExchangeError(
            f"The JSON is broken at character {where}: {expected}, found {found}. Ask for the file again."
        )

    def _explain(self, error):
        where = self._passed + getattr(error, "pos", self._at)
        message = getattr(error, "msg", str(error))
        return ExchangeError(f"The JSON is broken or cut off at character {where}: {message}. Ask for the file again.")
