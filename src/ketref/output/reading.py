"""How does the JSON form of an answer read: at a glance, or whole?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_TEXTS = {
    "ketref.detect/1": ("brief.detect_brief", "text.detect_text"),
    "ketref.specimens/1": ("brief.specimens_brief", "text.specimens_text"),
    "ketref.effects/1": ("brief.effects_brief", "text.effects_text"),
    "ketref.cautions/1": ("brief.cautions_brief", "text.cautions_text"),
    "ketref.history/1": ("brief_person.history_brief", "person_text.history_text"),
    "ketref.infer/1": ("brief_person.infer_brief", "person_text.infer_text"),
    "ketref.concentration/1": ("concentration_text.concentration_text", "concentration_text.concentration_text"),
    "ketref.interpret/1": ("interpret_text.interpret_brief", "interpret_text.interpret_text"),
    "ketref.today/1": ("brief_person.today_brief", "brief_person.today_text"),
}
"""What makes the brief text of each kind of answer, and what the full one; a question waits for its own alone."""


def read(form: Any, *, full: bool = False, **wanted: bool) -> str:
    """An answer in words: a dozen lines, with the `sources` and the `factors` where they are wanted, or all of it."""
    room, name = _TEXTS[form["schema"]][full].split(".")
    more = {} if full else {section: True for section, is_wanted in wanted.items() if is_wanted}
    return str(getattr(import_module(f"ketref.output.{room}"), name)(form, **more))
