"""The limits of components: rows of buttons and menus and components v2."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.harness.discord_server.errors import Fault
from tests.harness.discord_server.messages import Of, walk
from tests.harness.discord_server.world import JSON

ROWS, ROW_BUTTONS, LAYOUT_PARTS, LAYOUT_TEXT = 5, 5, 40, 4000
FORM_TITLE, FIELD_TEXT = 45, 4000
INSIDE_CONTAINER = {Of.ROW, Of.SECTION, Of.TEXT, Of.GALLERY, Of.FILE, Of.SEPARATOR}
TOP_OF_LAYOUT = INSIDE_CONTAINER | {Of.CONTAINER}
LINK, PREMIUM = 5, 6
Path = tuple[str | int, ...]


def _length(path: Path, value: Any, least: int, most: int) -> Iterator[Fault]:
    size = len(value) if isinstance(value, str | list) else 0
    if not least <= size <= most:
        said = f"Must be between {least} and {most} in length."
        yield Fault(path, "BASE_TYPE_BAD_LENGTH", said)


def component_faults(components: Any, *, layout: bool) -> Iterator[Fault]:
    """Faults of a message's components."""
    if not isinstance(components, list):
        return
    allowed = TOP_OF_LAYOUT if layout else {Of.ROW}
    if not layout and len(components) > ROWS:
        said = f"Must be {ROWS} or fewer in length."
        yield Fault(("components",), "BASE_TYPE_MAX_LENGTH", said)
    for index, part in enumerate(components):
        if isinstance(part, dict):
            yield from _part(("components", index), part, allowed)
    yield from _unique(components)
    if layout:
        every = list(walk(components))
        if len(every) > LAYOUT_PARTS:
            said = f"The total number of components cannot exceed {LAYOUT_PARTS}."
            yield Fault(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", said)
        texts = (p.get("content") for p in every if p.get("type") == Of.TEXT)
        if sum(len(t) for t in texts if isinstance(t, str)) > LAYOUT_TEXT:
            said = f"The total text cannot exceed {LAYOUT_TEXT} characters."
            yield Fault(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", said)


def form_faults(form: JSON) -> Iterator[Fault]:
    """Faults of a form: its fields, each a text in a label here, and the custom ids."""
    yield from _length(("data", "title"), form.get("title"), 1, FORM_TITLE)
    yield from _length(("data", "custom_id"), form.get("custom_id"), 1, 100)
    parts = form.get("components")
    yield from _length(("data", "components"), parts, 1, ROWS)
    parts = parts if isinstance(parts, list) else []
    for index, part in enumerate(parts):
        here: Path = ("data", "components", index)
        inner = part.get("component")
        if part.get("type") != Of.LABEL or not isinstance(inner, dict):
            yield Fault((*here, "type"), "UNION_TYPE_CHOICES", "A form holds labels with fields.")
            continue
        yield from _length((*here, "label"), part.get("label"), 1, FORM_TITLE)
        yield from _length((*here, "component"), inner.get("custom_id"), 1, 100)
        least, most = inner.get("min_length") or 0, inner.get("max_length") or FIELD_TEXT
        if inner.get("type") != Of.INPUT or not 0 <= least <= most <= FIELD_TEXT:
            yield Fault((*here, "component"), "BASE_TYPE_CHOICES", "It is no field for a text.")
    yield from _unique([part.get("component") or {} for part in parts], ("data", "components"))


def _unique(components: list[Any], at: Path = ("components",)) -> Iterator[Fault]:
    """Custom ids and numbers of components are there once."""
    every = list(walk(components))
    for key, code in (
        ("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ("id", "COMPONENT_ID_DUPLICATED"),
    ):
        counted = Counter(str(p[key]) for p in every if p.get(key))
        for value, count in counted.items():
            if count > 1:
                said = f"Component {key.replace('_', ' ')} cannot be duplicated: {value}"
                yield Fault(at, code, said)


def _part(at: Path, part: JSON, allowed: set[int]) -> Iterator[Fault]:
    kind = part.get("type")
    if kind not in allowed:
        said = f'Value of field "type" must be one of {sorted(allowed)}.'
        yield Fault((*at, "type"), "UNION_TYPE_CHOICES", said)
        return
    inner = part.get("components")
    if kind == Of.ROW:
        yield from _row(at, inner)
    elif kind == Of.TEXT:
        yield from _length((*at, "content"), part.get("content"), 1, LAYOUT_TEXT)
    elif kind == Of.SECTION:
        yield from _length((*at, "components"), inner, 1, 3)
        for index, text in enumerate(inner if isinstance(inner, list) else ()):
            yield from _part((*at, "components", index), text, {Of.TEXT})
        beside = part.get("accessory")
        if not isinstance(beside, dict) or beside.get("type") not in (Of.BUTTON, Of.THUMBNAIL):
            yield Fault((*at, "accessory"), "BASE_TYPE_REQUIRED", "A section needs one accessory.")
        elif beside["type"] == Of.BUTTON:
            yield from _button((*at, "accessory"), beside)
    elif kind == Of.GALLERY:
        yield from _length((*at, "items"), part.get("items"), 1, 10)
    elif kind == Of.CONTAINER:
        yield from _length((*at, "components"), inner, 1, LAYOUT_PARTS)
        for index, child in enumerate(inner if isinstance(inner, list) else ()):
            if isinstance(child, dict):
                yield from _part((*at, "components", index), child, INSIDE_CONTAINER)


def _row(at: Path, inner: Any) -> Iterator[Fault]:
    """One to five buttons, or one menu alone."""
    if not isinstance(inner, list) or not inner:
        yield Fault((*at, "components"), "BASE_TYPE_BAD_LENGTH", "A row needs a component.")
        return
    kinds = [p.get("type") for p in inner if isinstance(p, dict)]
    menus = [k for k in kinds if k in Of.SELECTS]
    if len(inner) > ROW_BUTTONS or (menus and len(inner) > 1):
        said = "A row holds five buttons or one menu."
        yield Fault((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", said)
    for index, part in enumerate(inner):
        here: Path = (*at, "components", index)
        if not isinstance(part, dict):
            continue
        if part.get("type") == Of.BUTTON:
            yield from _button(here, part)
        elif part.get("type") in Of.SELECTS:
            yield from _select(here, part)
        else:
            yield Fault((*here, "type"), "UNION_TYPE_CHOICES", "A row holds buttons or one menu.")


def _button(at: Path, part: JSON) -> Iterator[Fault]:
    style = part.get("style")
    if not part.get("label") and not part.get("emoji") and style != PREMIUM:
        yield Fault(at, "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji.")
    if part.get("label"):
        yield from _length((*at, "label"), part["label"], 1, 80)
    if style == LINK:
        url = part.get("url")
        if part.get("custom_id"):
            said = "A custom id and url cannot both be specified"
            yield Fault(
                (*at, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", said
            )
        if not isinstance(url, str) or not url.startswith(("http://", "https://", "discord://")):
            said = "Scheme must be one of http, https, discord."
            yield Fault((*at, "url"), "URL_TYPE_INVALID_SCHEME", said)
        else:
            yield from _length((*at, "url"), url, 1, 512)
    elif style != PREMIUM:
        if part.get("url"):
            said = "A url is for link buttons only."
            yield Fault((*at, "url"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", said)
        yield from _length((*at, "custom_id"), part.get("custom_id"), 1, 100)


def _select(at: Path, part: JSON) -> Iterator[Fault]:
    yield from _length((*at, "custom_id"), part.get("custom_id"), 1, 100)
    yield from _length((*at, "placeholder"), part.get("placeholder") or "", 0, 150)
    least, most = part.get("min_values", 1), part.get("max_values", 1)
    least, most = 1 if least is None else least, 1 if most is None else most
    if not (0 <= least <= 25 and 1 <= most <= 25 and least <= most):
        said = "min_values must be 0 to 25 and not above max_values, which is 1 to 25."
        yield Fault((*at, "max_values"), "NUMBER_TYPE_MAX", said)
    if part.get("type") != Of.SELECT:
        return
    options = part.get("options")
    yield from _length((*at, "options"), options, 1, 25)
    options = options if isinstance(options, list) else []
    if most > len(options):
        said = "max_values is more than there are options."
        yield Fault((*at, "max_values"), "SELECT_COMPONENT_MAX_VALUES_EXCEEDED", said)
    values = Counter(str(o.get("value")) for o in options if isinstance(o, dict))
    for value, count in values.items():
        if count > 1:
            said = f"The specified option value is already used: {value}"
            yield Fault((*at, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", said)
    for index, option in enumerate(options):
        if isinstance(option, dict):
            here: Path = (*at, "options", index)
            yield from _length((*here, "label"), option.get("label"), 1, 100)
            yield from _length((*here, "value"), option.get("value"), 1, 100)
            yield from _length((*here, "description"), option.get("description") or "", 0, 100)
