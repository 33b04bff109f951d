"""Why a charge is what it is, in steps a person can redo with a pocket calculator.

Nothing is stored per charge: sessions and used versions never change and superseded index values are kept, so the steps are
worked out again when somebody asks, by plain decimal arithmetic that shares no code with the fast path. Amount explained and
amount stored must be equal.
"""

from .period import explain_limit, explain_period
from .session import explain_session
from .steps import Explanation, Step

__all__ = ["Explanation", "Step", "explain_limit", "explain_period", "explain_session"]
