"""Trouble on demand: refusals, errors, lost connections and slow answers for chosen requests."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Trouble:
    """What happens to the next `times` requests whose method and path match.

    - `status`: answered with it, without being carried out (429 and 5xx with fitting bodies)
    - `drop`: the connection is torn
    - `seconds`, `until`: the answer comes late, after a pause or once the event is set
    - `performed`: the request is carried out first, and then its answer is lost or replaced
    - `empty`: the answer says that the rate limit's bucket is now empty for `retry_after`
    """

    method: str
    pattern: re.Pattern[str]
    times: int = 1
    status: int | None = None
    drop: bool = False
    seconds: float = 0.0
    until: asyncio.Event | None = None
    performed: bool = False
    empty: bool = False
    retry_after: float = 0.05
    via: bool = True
    code: int | None = None
    """Discord's error code, for statuses like 403."""
    message: str = ""
    struck: int = 0

    def body(self) -> Any:
        """The body of the answer."""
        if self.status == 429:
            return {
                "message": "You are being rate limited.",
                "retry_after": self.retry_after,
                "global": False,
            }
        if self.code is not None:
            return {"message": self.message or "Trouble", "code": self.code}
        if self.status is not None and self.status >= 500:
            return f"<html><body>{self.status}</body></html>"
        return {"message": f"{self.status}: Trouble", "code": 0}

    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        if self.status != 429:
            return {}
        headers = {"Retry-After": "1", "X-RateLimit-Scope": "user"}
        return headers | ({"Via": "1.1 google"} if self.via else {})


class Failures:
    """The troubles that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Trouble] = []

    def add(self, method: str, pattern: str, **what: Any) -> Trouble:
        """Arrange a trouble; the pattern is searched for in the path after /api/v10."""
        trouble = Trouble(method.upper(), re.compile(pattern), **what)
        self._waiting.append(trouble)
        return trouble

    def take(self, method: str, path: str) -> Trouble | None:
        """The trouble that meets this request, if any."""
        for trouble in self._waiting:
            if trouble.method in (method, "*") and trouble.pattern.search(path):
                trouble.struck += 1
                trouble.times -= 1
                if trouble.times <= 0:
                    self._waiting.remove(trouble)
                return trouble
        return None

    def clear(self) -> None:
        """No more trouble."""
        self._waiting.clear()
