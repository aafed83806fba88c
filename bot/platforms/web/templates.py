"""Templates of the pages, which escape whatever they are given."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import jinja2
from aiohttp import web

from bot.chat.buttons import key_of
from bot.chat.rendering.blocks import QuoteBlock
from bot.chat.rendering.citations import CitationFields, citation_fields
from bot.chat.rendering.escape import visible
from bot.chat.rendering.links import web_url
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import current_language
from bot.chat.texts.notices import notice
from bot.chat.texts.parameters import Parameter
from bot.chat.texts.templates import FixedText
from bot.chat.texts.web_texts import WebText
from bot.core.replies import Excerpt

PAGES = Path(__file__).parent / "pages"
STATIC = Path(__file__).parent / "static"


class Templates:
    """The templates of the pages; whatever they are given is escaped.

    Characters that cannot be seen, or turn the text around, are shown by their numbers, as in chat.
    `revision` is that of the templates and of the files beside them.
    """

    def __init__(self, prefix: str) -> None:
        self.revision = _revision()
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(PAGES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_visible,
        )
        self._environment.globals.update(
            prefix=prefix,
            assets=f"{prefix}/static",
            revision=self.revision,
            notice=_plain,
            text=Text,
            web=WebText,
            cited=_cited,
            key_of=key_of,
            web_url=web_url,
        )

    def page(self, name: str, status: int = 200, **values: object) -> web.Response:
        """The page of a template, in the language of the caller's context."""
        values = {"view": None, "language": current_language()} | values
        text = self._environment.get_template(name).render(values)
        return web.Response(text=text, content_type="text/html", status=status)


def _revision() -> str:
    digest = sha256()
    for file in sorted((*PAGES.iterdir(), *STATIC.iterdir())):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _visible(value: object) -> object:
    # An object with `__html__` is the markup of a macro, which is escaped already.
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _plain(text: FixedText, **parameters: Parameter) -> str:
    return notice(text, **parameters).plain()


def _cited(excerpt: Excerpt) -> CitationFields:
    return citation_fields(QuoteBlock(excerpt))
