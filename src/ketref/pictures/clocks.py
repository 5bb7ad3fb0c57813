"""How does a picture tell moments of the calendar: as seconds since 1970, written in a zone?"""

from __future__ import annotations

from datetime import datetime, tzinfo

from ketref.model import times
from ketref.model.times import SECOND


class Clock:
    """Writes seconds since 1970 in a zone (None: local times without one)."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    @property
    def axis(self) -> str:
        """What the axis is called."""
        return f"date and time ({self._zone or 'no time zone given'})"

    def written(self, seconds: float) -> str:
        """A moment as text, to the minute."""
        return times.written(round(seconds * SECOND), self._zone)

    def tick(self, seconds: float, day: bool) -> str:
        """The day, or the hour, of a moment."""
        at = datetime.fromisoformat(self.written(seconds))
        return f"{at.day} {at:%b}" if day else f"{at:%H:%M}"


def seconds(text: str) -> float:
    """The first moment that a text of an answer may mean, one without a zone counted as if it were of UTC."""
    return times.instant(text).low / SECOND
