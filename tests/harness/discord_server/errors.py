"""Discord's refusals: status, code, message, and the faults of a form by their place."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.harness.discord_server.world import JSON


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int, message: str, errors: JSON | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    @property
    def body(self) -> JSON:
        """The answer's body."""
        said: JSON = {"message": self.message, "code": self.code}
        return said | ({"errors": self.errors} if self.errors else {})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a form: where (keys and indexes), the code and the sentence."""

    path: tuple[str | int, ...]
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or '(body)'}: {self.message} [{self.code}]"


def form_error(faults: Iterable[Fault]) -> ApiError:
    """The 400 with code 50035 that names every fault at its place."""
    tree: JSON = {}
    for fault in faults:
        here = tree
        for key in fault.path:
            here = here.setdefault(str(key), {})
        here.setdefault("_errors", []).append({"code": fault.code, "message": fault.message})
    return ApiError(400, 50035, "Invalid Form Body", tree)


def unauthorized() -> ApiError:
    """A wrong token or none."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown(what: str) -> ApiError:
    """Something that does not exist, or no longer."""
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Emoji": 10014,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
    }
    return ApiError(404, codes[what], f"Unknown {what}")


def missing_access() -> ApiError:
    """A place the bot cannot look into."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """An act the bot has no permission for."""
    return ApiError(403, 50013, "Missing Permissions")
