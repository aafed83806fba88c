"""The REST side: every request is logged, authorised, checked, carried out and answered."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.harness.discord_server.errors import ApiError, Fault, form_error, unauthorized
from tests.harness.discord_server.faults import Failures, Trouble
from tests.harness.discord_server.limits import lone_surrogates
from tests.harness.discord_server.spec import Spec, load_spec
from tests.harness.discord_server.world import JSON, Upload, World

API = "/api/v10"
FILE_LIMIT = 10 * 1024 * 1024
BODY_CODES = {50006, 50035, 50109}
"""Errors that tell of a body that should never have been sent."""
OPEN_ROUTES = re.compile(r"^/(gateway$|interactions/|webhooks/[^/]+/[^/]+)")
"""Routes whose address is their authority."""


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What is sent back; no body means 204 or an empty one."""

    status: int
    body: Any = None


@dataclass(eq=False)
class Call:
    """One request, read and routed."""

    world: World
    method: str
    path: str
    template: str
    ids: dict[str, str]
    query: dict[str, str]
    body: Any = None
    uploads: dict[str, Upload] = field(default_factory=dict)
    status: int = 0

    @property
    def form(self) -> JSON:
        """The body, which has to be an object."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise ApiError(400, 50109, "The request body contains invalid JSON.")
        return self.body

    def id(self, name: str) -> int:
        """A snowflake out of the path."""
        text = self.ids[name]
        if not text.isdigit():
            said = f'Value "{text}" is not snowflake.'
            raise form_error([Fault((name,), "NUMBER_TYPE_COERCE", said)])
        return int(text)

    def refuse(self, faults: list[Fault]) -> None:
        """Answer 400 if there is any fault."""
        if faults:
            raise form_error(faults)


@dataclass(frozen=True, slots=True)
class Violation:
    """A request that Discord would have refused, or a key it would have ignored."""

    method: str
    path: str
    faults: tuple[str, ...]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {'; '.join(self.faults)}"


Handler = Callable[[Call], Awaitable[RestAnswer]]
Route = tuple[str, str, Handler]


class Rest:
    """Routes requests to their handlers, with all that surrounds them."""

    def __init__(self, world: World, routes: list[Route]) -> None:
        self.world = world
        self.routes = routes
        self.failures = Failures()
        self.calls: list[Call] = []
        self.violations: list[Violation] = []
        self.spec: Spec | None = load_spec()

    def add_to(self, app: web.Application) -> None:
        """Serve all routes under /api/v10."""
        for method, template, handler in self.routes:
            app.router.add_route(method, API + template, self._serve(template, handler))
        app.router.add_route("*", API + "/{rest:.*}", self._unknown)

    def _serve(self, template: str, handler: Handler) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            call = Call(
                self.world,
                request.method,
                request.path.removeprefix(API),
                template,
                dict(request.match_info),
                dict(request.query),
            )
            self.calls.append(call)
            trouble = self.failures.take(call.method, call.path)
            self.world.changed()
            try:
                early = await self._strike(request, trouble) if trouble else None
                response = early or await self._answer(request, call, handler)
                if trouble is not None and trouble.performed:
                    response = await self._strike(request, trouble, performed=True) or response
            finally:
                self.world.changed()
            call.status = response.status
            self._limits(call, response, trouble)
            return response

        return serve

    async def _strike(
        self, request: web.Request, trouble: Trouble, *, performed: bool = False
    ) -> web.Response | None:
        """What is in a request's way; None if it may pass after all."""
        if trouble.performed and not performed:
            return None
        if trouble.until is not None:
            await trouble.until.wait()
        if trouble.seconds:
            await asyncio.sleep(trouble.seconds)
        if trouble.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if trouble.status is None:
            return None
        return respond(trouble.status, trouble.body(), trouble.headers())

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.Response:
        try:
            self._authorise(request, call.path)
            await _read(request, call)
            self._check(call)
            answer = await handler(call)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            if self.spec is not None:
                raise
            # Without the description nobody has looked at the shape of the body before.
            wrong_shape = form_error([Fault((), "WRONG_SHAPE", str(error))])
            self._violate(call, (f"a body of the wrong shape: {error}",))
            return respond(400, wrong_shape.body)
        except ApiError as error:
            if error.code in BODY_CODES:
                self._violate(call, _leaves(error.errors) or (error.message,))
            return respond(error.status, error.body)
        if self.spec is not None:
            wrong = self.spec.answer_faults(
                call.method, call.template, answer.status, json.loads(json.dumps(answer.body))
            )
            where = f"{call.method} {call.template} {answer.status}"
            self.world.drift += [f"{where}: {one}" for one in wrong]
        return respond(answer.status, answer.body)

    def _authorise(self, request: web.Request, path: str) -> None:
        given = request.headers.get("Authorization")
        if given is None and OPEN_ROUTES.match(path):
            return
        if given != f"Bot {self.world.app.token}":
            raise unauthorized()

    def _check(self, call: Call) -> None:
        """Hold the body against the description, and against common sense."""
        if call.body is None:
            return
        faults = list(lone_surrogates(call.body))
        if self.spec is not None:
            faults += self.spec.body_faults(call.method, call.template, call.body)
        call.refuse(faults)
        if self.spec is not None:
            strange = self.spec.strange_keys(call.method, call.template, call.body)
            if strange:
                self._violate(call, tuple(map(str, strange)))

    def _violate(self, call: Call, faults: tuple[str, ...]) -> None:
        self.violations.append(Violation(call.method, call.path, faults, call.body))

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        call = Call(self.world, request.method, path, path, {}, dict(request.query), status=404)
        self.calls.append(call)
        self._violate(call, ("this server has no such route",))
        return respond(404, {"message": "404: Not Found", "code": 0})

    def _limits(self, call: Call, response: web.StreamResponse, trouble: Trouble | None) -> None:
        """The headers of a bucket, which is never empty unless a test empties it."""
        remaining, after = ("0", trouble.retry_after) if trouble and trouble.empty else ("49", 1.0)
        bucket = hashlib.sha256(f"{call.method} {call.template}".encode()).hexdigest()[:32]
        response.headers["X-RateLimit-Limit"] = "50"
        response.headers["X-RateLimit-Bucket"] = bucket
        response.headers["X-RateLimit-Remaining"] = remaining
        response.headers["X-RateLimit-Reset"] = f"{time.time() + after:.3f}"
        response.headers["X-RateLimit-Reset-After"] = f"{after:.3f}"
        if not (trouble and trouble.status == 429):
            response.headers["Via"] = "1.1 google"


async def _read(request: web.Request, call: Call) -> None:
    """Take in a JSON body, or a form of files beside one."""
    try:
        if request.content_type == "multipart/form-data":
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader) or part.name is None:
                    continue
                data = bytes(await part.read(decode=True))
                if part.name == "payload_json":
                    call.body = json.loads(data)
                else:
                    kind = part.headers.get("Content-Type")
                    call.uploads[part.name] = Upload(part.filename or "unknown", data, kind)
            if sum(len(u.data) for u in call.uploads.values()) > FILE_LIMIT:
                raise ApiError(413, 40005, "Request entity too large")
            return
        text = await request.read()
        if text:
            if request.content_type != "application/json":
                said = 'Expected "Content-Type" header to be one of {application/json}.'
                raise form_error([Fault((), "CONTENT_TYPE_INVALID", said)])
            call.body = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None


def respond(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as Discord writes it: JSON of exactly that type, or nothing."""
    if body is None:
        return web.Response(status=status, headers=headers)
    if isinstance(body, str):
        return web.Response(status=status, text=body, content_type="text/html", headers=headers)
    kind = {"Content-Type": "application/json"}
    return web.Response(
        status=status, body=json.dumps(body).encode(), headers=kind | (headers or {})
    )


def _leaves(errors: JSON | None, path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The faults of an error tree, one line each."""
    lines: list[str] = []
    for key, part in (errors or {}).items():
        if key == "_errors":
            lines += [f"{'.'.join(path) or '(body)'}: {e['message']} [{e['code']}]" for e in part]
        elif isinstance(part, dict):
            lines += _leaves(part, (*path, key))
    return tuple(lines)
