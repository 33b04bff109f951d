"""What a station can deliver in a time."""

from .model import Rules

SLACK_SECONDS, SLACK_WH = 120, 1000  # clocks and meters tick in steps


def limit_wh(seconds: float, rules: Rules) -> int:
    """The most a station can deliver in this time."""
    return int(rules.max_power_kw * 1000 * (max(seconds, 0) + SLACK_SECONDS) / 3600) + SLACK_WH
