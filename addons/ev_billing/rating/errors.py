"""The one error family of the pricing engine."""


class RatingError(ValueError):
    """Something given to the engine cannot be priced.

    The message says what was wrong, where, and what to do about it.
    """


class PriceError(RatingError):
    """A price or an amount is not an exact decimal the engine can hold."""


class TermError(RatingError):
    """A contract term or one of its versions contradicts itself or another version."""


class SessionError(RatingError):
    """A session lacks a fact its pricing needs."""
