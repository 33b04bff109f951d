"""Where in a message something stands, as a person counts: `PmtInf[1]/CdtTrfTxInf[3]/Cdtr/PstlAdr`."""

from lxml import etree

NUMBERED = ("PmtInf", "CdtTrfTxInf", "DrctDbtTxInf")


def get_local(element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def get_place(element) -> tuple[str, str]:
    """Return the path from below the message's root, and the end-to-end identifier of the payment it is in (or empty)."""
    names, end_to_end_id = [], ""
    while element is not None:
        name = get_local(element)
        if name in NUMBERED:
            names.append(f"{name}[{1 + sum(1 for _twin in element.itersiblings(element.tag, preceding=True))}]")
        else:
            names.append(name)
        if name in NUMBERED[1:]:
            end_to_end_id = element.findtext("{*}PmtId/{*}EndToEndId") or ""
        element = element.getparent()
    # neither `Document` nor the message's element tell anybody anything
    return "/".join(reversed(names[:-2] or names)), end_to_end_id
