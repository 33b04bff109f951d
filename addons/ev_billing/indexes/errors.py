"""The one error family of reading price indexes."""

SHOWN = 50


class PriceIndexError(ValueError):
    """Values of a price index that cannot be used as they were given.

    `problems` holds one sentence each, all of them; the text of the error shows the first fifty.
    """

    def __init__(self, problems: "str | list[str]"):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        shown = self.problems[:SHOWN]
        if len(self.problems) > SHOWN:
            shown.append(f"... and {len(self.problems) - SHOWN} more.")
        super().__init__("\n".join(shown))


class NoPricesError(PriceIndexError):
    """The publisher answered that it has no prices: nothing is wrong with the document, there is nothing in it."""
