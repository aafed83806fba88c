"""Directives and roles that docutils does not know, above all those of Sphinx.

Without them docutils would drop what they hold. Their words are read; those that show what is in
no file, or a drawing made from code, leave a gap.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import regex
from docutils import frontend, nodes, utils
from docutils.languages import get_language
from docutils.parsers.rst import Directive, Parser, directives, roles
from docutils.parsers.rst.states import Inliner

_DIRECTIVE = regex.compile(
    r"^[ \t]*(?:[-*+] +|\d+\. +)?\.\. +(?:\|[^|\n]+\| +)?([\w:+.-]+?) ?::", regex.M
)
_ROLE = regex.compile(r":([A-Za-z][\w:+.-]*):`|`:([A-Za-z][\w:+.-]*):")
_ROLE_DEFINED = regex.compile(r"\brole::\s*([^\s()]+)")
_TARGET = regex.compile(r"^(?P<words>.*?)\s*<(?P<target>[^<>]*)>$", regex.DOTALL)
_SILENT = frozenset(
    "toctree index highlight currentmodule module py:module py:currentmodule py:currentclass"
    " sectionauthor codeauthor moduleauthor tabularcolumns default-domain".split()
)
_CODE = frozenset(
    "code-block sourcecode code-cell prompt doctest testcode testoutput testsetup ipython"
    " jupyter-execute productionlist parsed-code ipython3 cpp:code".split()
)
_DRAWN = frozenset(
    "literalinclude graphviz graph digraph mermaid uml plantuml plot inheritance-diagram"
    " automodule autoclass autofunction automethod autoattribute autodata autoexception"
    " autosummary video youtube".split()
)
_UNSHOWN_ARGUMENTS = frozenset("only ifconfig cssclass rst-class grid tab-set".split())
_VERSIONS = frozenset("versionadded versionchanged deprecated versionremoved".split())


class Unreadable(nodes.General, nodes.Element):
    """Something that no words are left of."""


class _AnyOptions(dict[str, Callable[[str], Any]]):
    """The options of a directive: each name is one, with any value."""

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return directives.unchanged


class _WordsDirective(Directive):
    """A directive of which the argument and the content are text."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOptions(name=directives.unchanged)

    def run(self) -> list[nodes.Node]:
        """The argument as a paragraph of its own, before the content."""
        container = nodes.container()
        argument = "" if self.name in _UNSHOWN_ARGUMENTS else " ".join(self.arguments)
        if self.name in _VERSIONS:
            argument = f"{self.name} {argument}".strip()
        # A signature, as of a function, has asterisks that are no markup.
        inline: list[nodes.Node] = [nodes.Text(argument)]
        if "`" in argument or self.name in _VERSIONS:
            parsed, messages = self.state.inline_text(argument, self.lineno)
            inline = [*parsed, *messages]
        if argument:
            container += nodes.paragraph(argument, "", *inline)
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


class _CodeDirective(_WordsDirective):
    """A listing; its argument is the language, which is not shown."""

    def run(self) -> list[nodes.Node]:
        """The content as it is."""
        text = "\n".join(self.content)
        return [nodes.literal_block(text, text)] if text.strip() else []


class _SilentDirective(_WordsDirective):
    """A directive that shows nothing of its own."""

    def run(self) -> list[nodes.Node]:
        """No text."""
        return []


class _DrawnDirective(_WordsDirective):
    """A directive that shows what is not in the file."""

    def run(self) -> list[nodes.Node]:
        """A gap."""
        return [Unreadable()]


@contextmanager
def known_names(source: str) -> Iterator[None]:
    """A context in which docutils reads the directives and roles that only `source` knows.

    docutils keeps the roles that a file defines for all files that are read later. So each such
    role is made again what it was, or one that is read by its words.
    """
    settings = frontend.get_default_settings(Parser)
    settings.report_level = settings.halt_level = 5
    document = utils.new_document("", settings)
    english = get_language("en", document.reporter)
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(source)}:
        if name in _CODE or directives.directive(name, english, document)[0] is None:
            directives.register_directive(name, _kind(name))
    used = {(match[1] or match[2]).lower() for match in _ROLE.finditer(source)}
    defined = {match[1].lower() for match in _ROLE_DEFINED.finditer(source)}
    before = {
        name: roles.role(name, english, 0, document.reporter)[0] or _words_role
        for name in used | defined
    }
    _register(before)
    try:
        yield
    finally:
        _register(before)


def _register(functions: Mapping[str, Any]) -> None:
    for name, function in functions.items():
        roles.register_local_role(name, function)


def _kind(name: str) -> type[Directive]:
    if name in _SILENT:
        return _SilentDirective
    if name in _DRAWN:
        return _DrawnDirective
    return _CodeDirective if name in _CODE else _WordsDirective


def _words_role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: Mapping[str, Any] | None = None,
    content: Sequence[str] = (),
) -> tuple[list[nodes.reference], list[nodes.reference]]:
    """The words of a role: the title of a link without its target, without signs of Sphinx."""
    words = utils.unescape(text)
    if match := _TARGET.match(words):
        words = match["words"] or match["target"]
    if words.startswith("~"):
        words = words.rpartition(".")[2]
    return [nodes.reference(rawtext, words.lstrip("!~"))], []
