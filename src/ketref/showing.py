"""How do the contents of a book read?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ketref.page import Page


def item_text(kind: str, data: Any) -> str:
    """One rule, source or substance, or a section of one."""
    page = Page()
    if kind == "substance":
        _overview(page, data)
    elif isinstance(data, list):
        page.say(f"{kind}: {len(data)}")
        for entry in data:
            page.lines.append("")
            _record(page, entry)
    else:
        page.say(f"{kind} {data['id']}")
        _record(page, {key: value for key, value in data.items() if key != "id"})
    return str(page)


def _overview(page: Page, data: Mapping[str, Any]) -> None:
    """A substance with its rules, a line each."""
    record = data["substance"]
    page.say(f"substance {record['id']}")
    _record(page, {key: value for key, value in record.items() if key not in {"id", "identifier", "formulation"}})
    for section, entries in data.items():
        if section == "substance" or not entries:
            continue
        page.head(f"{section}: {len(entries)}")
        for entry in entries:
            page.say(f"{entry['id']}  {_brief(entry)}", 2, 10)


_TITLES = ("name", "condition", "instruction", "parameter", "says", "set_by")
_BRIEF = frozenset(
    {
        *("detectable_from", "detectable_until", "onset", "peak", "offset", "after_effects", "baseline"),
        *("appears", "resolves", "peaks", "until", "until_event", "factor", "direction", "affects"),
        *("topic", "verdict", "year", "n", "analyte", "matrix", "method", "route", "value", "unit", "kind"),
    }
)


def _brief(entry: Mapping[str, Any]) -> str:
    about = next((entry[key] for key in _TITLES if key in entry), "")
    conditions = ", ".join(f"{axis} {_inline(value)}" for axis, value in entry.get("when", {}).items())
    ends = "; ".join(f"{key} {_inline(value)}" for key, value in entry.items() if key in _BRIEF)
    return " | ".join(part for part in (about, conditions, ends) if part)


def _record(page: Page, record: Mapping[str, Any], indent: int = 2) -> None:
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            page.say(f"{key}:", indent)
            for entry in value:
                page.say(f"- {entry.get('source', '')}", indent + 2)
                _record(page, {k: v for k, v in entry.items() if k != "source"}, indent + 6)
        else:
            page.say(f"{key}: {_inline(value)}", indent, 4)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inline(item)}" for key, item in value.items())
    return ", ".join(map(_inline, value)) if isinstance(value, list) else str(value)
