"""Templates of the pages, which escape whatever they are given."""

from __future__ import annotations

from pathlib import Path

import jinja2
from aiohttp import web

from bot.chat.rendering.citations import locator_text
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import current_language
from bot.chat.texts.notices import notice
from bot.chat.texts.parameters import Parameter
from bot.chat.texts.templates import FixedText
from bot.chat.texts.web_texts import WebText

FOLDER = Path(__file__).parent / "pages"


class Templates:
    """The templates of the pages; whatever they are given is escaped."""

    def __init__(self, prefix: str) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            prefix=prefix, notice=_plain, text=Text, web=WebText, locator=locator_text
        )

    def page(self, name: str, status: int = 200, **values: object) -> web.Response:
        """The page of a template, in the language of the caller's context."""
        values |= {"language": current_language()}
        text = self._environment.get_template(name).render(values)
        return web.Response(text=text, content_type="text/html", status=status)


def _plain(text: FixedText, **parameters: Parameter) -> str:
    return notice(text, **parameters).plain()
