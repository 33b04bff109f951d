"""The XSD check: the schema of a document is found by its namespace, in the packages that carry the files.

Of the packages only the schema files are read, never their code. Nothing is fetched from a network; document types and entities
are refused unread.
"""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lxml import etree

from .model import Finding
from .parse import UnreadableFile, identify
from .place import get_place

# First package wins: more than one carries the same schema.
PACKAGES = ("sepaxml", "pain001", "camt053")
MESSAGE = re.compile(r"((?:pain\.00[128]|camt\.05[234])\.\d{3}\.\d{2})\.xsd")
NAMESPACE_BRACES = re.compile(r"\{[^}]*\}")
SOURCE = "ISO 20022 schema"
MOST_FINDINGS = 200
# 20,000 payments are 9 MB
MOST_BYTES = 64 * 1024 * 1024


@cache
def find_schemas() -> dict[str, Path]:
    """Return the file of each message's schema, by the message's name (`pain.001.001.09`)."""
    found = {}
    for package in PACKAGES:
        try:
            files = distribution(package).files or ()
        except PackageNotFoundError:
            continue
        for file in files:
            match = MESSAGE.fullmatch(file.name)
            if match:
                found.setdefault(match[1], Path(file.locate()))
    return dict(sorted(found.items()))


@cache
def _get_schema(name):
    return etree.XMLSchema(etree.parse(find_schemas()[name], _make_parser()))


def parse_whole(content: bytes):
    """Return the document's element, parsed at once: for files of payments, not for a year's statements.

    :raises UnreadableFile: too large, or broken XML
    """
    if len(content) > MOST_BYTES:
        raise UnreadableFile(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB, too large to be checked: split it."
        )
    try:
        return etree.fromstring(content, _make_parser())
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(
            f"The file is broken XML at line {error.lineno}: {error.msg}. Have it made again."
        ) from error


def _make_parser():
    """A parser that resolves, loads and expands nothing."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def check_schema(content: bytes) -> list[Finding]:
    """Say where the document differs from its schema; an empty list when nowhere.

    Codes: `unreadable`, `message_unknown`, `schema`. At most 200 findings: the rest is of the same kind.
    """
    try:
        name = identify(content).name
    except UnreadableFile as error:
        return [_find("unreadable", f"{error} Messages with a known schema: {_say_known()}.")]
    if name not in find_schemas():
        return [_find("message_unknown", f"There is no schema for {name}. Known are {_say_known()}.")]
    try:
        tree = parse_whole(content).getroottree()
    except UnreadableFile as error:
        return [_find("unreadable", str(error))]
    schema = _get_schema(name)
    if schema.validate(tree):
        return []
    return [_explain(tree, error) for _number, error in zip(range(MOST_FINDINGS), schema.error_log, strict=False)]


def _explain(tree, error):
    found = tree.xpath(error.path) if error.path else []
    where, end_to_end_id = get_place(found[0]) if found else ("", "")
    text = NAMESPACE_BRACES.sub("", error.message)
    return _find("schema", f"Line {error.line}: {text}", where, end_to_end_id)


def _find(code, message, where="", end_to_end_id=""):
    return Finding("error", code, message, SOURCE, where, end_to_end_id)


def _say_known():
    """`pain.001.001 (03, 09), ...`: the versions of each message."""
    versions = {}
    for name in find_schemas():
        message, _dot, version = name.rpartition(".")
        versions.setdefault(message, []).append(version)
    known = ", ".join(f"{message} ({', '.join(numbers)})" for message, numbers in versions.items())
    return known or "none, the packages with the schemas are not installed"
