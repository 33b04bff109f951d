"""What an economic model is made of: the terms it brings into a contract, and the few numbers it asks for."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TemplateTerm:
    """One term of a template.

    `hint` shows what a usual number looks like; an `optional` term whose price stays empty is left out of the contract;
    `values` are further fields of the term's version, such as ``{"power_type": "dc"}``.
    """

    name: str
    direction: str
    basis: str
    price_kind: str = "fixed"
    hint: str = ""
    optional: bool = False
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class ContractTemplate:
    """A usual economic model, for contracts of some roles. `key` is its own for good: it tells its terms from the others."""

    key: str
    name: str
    summary: str
    roles: tuple[str, ...]
    terms: tuple[TemplateTerm, ...]
