"""What menus and modals send when a person has filled them in."""

from collections.abc import Sequence

from tests.harness.discord_server.interactions import Modal
from tests.harness.discord_server.invoking import Resolver, Value
from tests.harness.discord_server.messages import Of, Select, walk
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import JSON


def select_data(menu: Select, chosen: Sequence[str | Value], resolver: Resolver) -> JSON:
    """The data of a choice in a menu."""
    if menu.type == Of.SELECT:
        by_label = dict(menu.options)
        known = {value for _, value in menu.options}
        values = [str(by_label.get(str(one), one)) for one in chosen]
        if strange := [v for v in values if v not in known]:
            raise NotPossible(f"{strange} are not among {list(menu.options)}")
    else:
        values = [str(resolver.value(menu.type, one)) for one in chosen]
    data: JSON = {"custom_id": menu.custom_id, "component_type": menu.type, "values": values}
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def submission(modal: Modal, fields: dict[str, str | list[str]]) -> JSON:
    """The data of a modal with these fields filled in, the others left as they were."""
    left = dict(fields)
    components = [_part(part, left, None) for part in modal.components]
    if left:
        raise NotPossible(f"the modal has no fields {list(left)}")
    return {"custom_id": modal.custom_id, "components": components}


def _part(part: JSON, left: dict[str, str | list[str]], label: str | None) -> JSON:
    kind: int = part["type"]
    body: JSON = {"type": kind, "id": part.get("id") or 0}
    if kind == Of.ROW:
        return body | {"components": [_part(p, left, None) for p in part["components"]]}
    if kind == Of.LABEL:
        return body | {"component": _part(part["component"], left, part.get("label"))}
    if kind == Of.TEXT:
        return body
    custom = part["custom_id"]
    known = custom if custom in left else (part.get("label") or label or custom)
    given = left.pop(known, None)
    if kind == Of.INPUT:
        return body | {"custom_id": custom, "value": _text(part, given)}
    values = given if isinstance(given, list) else [given] if given is not None else []
    if kind == Of.SELECT and not values:
        values = [o["value"] for o in part.get("options") or () if o.get("default")]
    if part.get("required", True) and not values:
        raise NotPossible(f"the field {known!r} is required")
    return body | {"custom_id": custom, "values": values}


def _text(part: JSON, given: str | list[str] | None) -> str:
    value = str(part.get("value") or "") if given is None else str(given)
    custom = part["custom_id"]
    required = part.get("required")
    if (required is None or required) and not value:
        raise NotPossible(f"the field {custom!r} is required")
    if value and len(value) < (part.get("min_length") or 0):
        raise NotPossible(f"{value!r} is too short for {custom!r}")
    if len(value) > (part.get("max_length") or 4000):
        raise NotPossible(f"{value[:20]!r}… is too long for {custom!r}")
    return value


def field_labels(modal: Modal) -> list[str]:
    """The labels of a modal's fields, in order."""
    labels = [p.get("label") for p in walk(list(modal.components)) if p.get("label")]
    return [str(label) for label in labels]
