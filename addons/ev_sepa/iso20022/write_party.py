"""Who and where, in a message: names, postal addresses, accounts and banks. Every text is made legal and cut to its length."""

from lxml import etree

from .characters import to_legal, to_reference
from .model import Account, Address, Conventions, Party

NAME, STREET, BUILDING, POSTCODE, TOWN, REGION, LINE = 70, 70, 16, 16, 35, 35, 70
COUNTRY = 2
STRUCTURED, HYBRID, MINIMAL, NONE = "structured", "hybrid", "minimal", "none"
MOST_HYBRID_LINES = 2
NOT_PROVIDED = "NOTPROVIDED"
# From here on a bank is named `BICFI`; before, `BIC`.
OLD_VERSIONS = ("pain.001.001.03", "pain.008.001.02")


def add(parent, tag, text, length, reference=False):
    """Append `<tag>` with the legal text, cut at `length`; nothing where there is no text. Returns whether there was."""
    legal = to_reference(text, length) if reference else to_legal(text)[:length].rstrip()
    if legal:
        etree.SubElement(parent, tag).text = legal
    return bool(legal)


def add_initiator(header, initiator: Party, conventions: Conventions):
    """`InitgPty`: who sends the file; the identifier is the one the bank gave (EPC132-08, initiating party)."""
    party = etree.SubElement(header, "InitgPty")
    add(party, "Nm", initiator.name, min(NAME, conventions.name_length))
    if initiator.identifier:
        other = _add_path(party, "Id", "OrgId", "Othr")
        add(other, "Id", initiator.identifier, 35, reference=True)


def add_party(parent, tag, party: Party, conventions: Conventions, address_needed=False):
    """`Dbtr` or `Cdtr`: the name, and the address as the bank wants it.

    :param address_needed: also where the profile leaves addresses out, town and country are given
    """
    element = etree.SubElement(parent, tag)
    add(element, "Nm", party.name, conventions.name_length)
    form = conventions.address_form
    if form == NONE and address_needed:
        form = MINIMAL
    if party.address and form != NONE:
        address = _make_address(party.address, form)
        if len(address):
            element.append(address)


def _make_address(address: Address, form):
    """`PstlAdr` in the order of the schema (EPC132-08, postal address: structured, or hybrid with at most two lines)."""
    element = etree.Element("PstlAdr")
    if form == STRUCTURED:
        # without a street of its own the first line takes its place: structured addresses have no lines
        add(element, "StrtNm", address.street or next(iter(address.lines), ""), STREET)
        add(element, "BldgNb", address.building, BUILDING)
    if form in (STRUCTURED, HYBRID):
        add(element, "PstCd", address.postcode, POSTCODE)
    add(element, "TwnNm", address.town, TOWN)
    if form in (STRUCTURED, HYBRID):
        add(element, "CtrySubDvsn", address.region, REGION)
    # a country's name is not cut to two letters: that would be another country
    if len(address.country) == COUNTRY:
        add(element, "Ctry", address.country.upper(), COUNTRY)
    if form == HYBRID:
        for line in _make_lines(address, [part.text for part in element]):
            add(element, "AdrLine", line, LINE)
    return element


def _make_lines(address: Address, written):
    """Street and other lines; what has an element of its own is not repeated (EPC132-08, hybrid address).

    :param written: the texts of those elements
    """
    postcode, town = to_legal(address.postcode), to_legal(address.town)
    said = {text.casefold() for text in (*written, f"{postcode} {town}", f"{town} {postcode}")}
    lines = (f"{address.street} {address.building}", *address.lines)
    legal = dict.fromkeys(to_legal(line)[:LINE].rstrip() for line in lines)
    return [line for line in legal if line and line.casefold() not in said][:MOST_HYBRID_LINES]


def add_account(parent, tag, account: Account):
    """`DbtrAcct` or `CdtrAcct`: by IBAN; by number in countries without."""
    element = etree.SubElement(parent, tag)
    number = etree.SubElement(element, "Id")
    if account.iban:
        etree.SubElement(number, "IBAN").text = compact(account.iban)
    else:
        add(etree.SubElement(number, "Othr"), "Id", account.number, 34)
    if account.currency:
        etree.SubElement(element, "Ccy").text = account.currency.upper()


def add_agent(parent, tag, account: Account, conventions: Conventions, demanded=True):
    """`DbtrAgt` or `CdtrAgt`: BIC and clearing number; without them `NOTPROVIDED` where the schema demands a bank."""
    if not (account.bic or account.clearing or demanded):
        return
    bank = _add_path(parent, tag, "FinInstnId")
    if account.bic:
        etree.SubElement(bank, "BIC" if conventions.version in OLD_VERSIONS else "BICFI").text = compact(account.bic)
    if account.clearing:
        add(etree.SubElement(bank, "ClrSysMmbId"), "MmbId", account.clearing, 35, reference=True)
    if not (account.bic or account.clearing):
        etree.SubElement(etree.SubElement(bank, "Othr"), "Id").text = NOT_PROVIDED


def add_scheme_identifier(parent, tag, identifier, name=""):
    """`CdtrSchmeId`: the SEPA creditor identifier (EPC262-08)."""
    element = etree.SubElement(parent, tag)
    if name:
        add(element, "Nm", name, NAME)
    other = _add_path(element, "Id", "PrvtId", "Othr")
    add(other, "Id", compact(identifier), 35)
    etree.SubElement(etree.SubElement(other, "SchmeNm"), "Prtry").text = "SEPA"


def compact(text):
    """IBANs, BICs and creditor identifiers as machines read them: capitals, no spaces."""
    return "".join(text.split()).upper()


def _add_path(parent, *tags):
    for tag in tags:
        parent = etree.SubElement(parent, tag)
    return parent
