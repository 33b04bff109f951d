"""What can be wrong with an OCPI document, said in whole sentences."""

from ..errors import RatingError


class OcpiError(RatingError):
    """A tariff or CDR of OCPI cannot be read or priced."""


class DocumentError(OcpiError):
    """A document has one or more problems; `problems` holds one sentence per problem, all of them."""

    def __init__(self, problems: "tuple[str, ...] | list[str]"):
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


class TariffChoiceError(OcpiError):
    """No tariff, or no single tariff, applies to the session."""


class TimezoneError(OcpiError):
    """The clock of the place of charging is not known."""


class CurveError(OcpiError):
    """Readings or times of one of our own sessions contradict each other."""
