"""How does an answer reach standard output, as text or as JSON?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

ANSWERED, FINDINGS, USAGE, RULES, INPUT, INTERNAL = 0, 1, 2, 3, 4, 70
"""The exit codes: answered, findings or differences, wrong usage, rules invalid, input unreadable, internal error."""


def print_answer(asked: argparse.Namespace, answer: Any) -> int:
    """Print an answer and return the exit code."""
    print(json_text(answer.to_dict()) if asked.format == "json" else answer)
    return ANSWERED


def print_form(asked: argparse.Namespace, form: Any, text: Callable[[Any], str]) -> int:
    """Print a JSON form, or the text that is made of it, and return the exit code."""
    print(json_text(form) if asked.format == "json" else text(form))
    return ANSWERED


def json_text(data: object) -> str:
    """JSON for standard output: plain ASCII where that cannot show all of Unicode."""
    import json

    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return json.dumps(data, ensure_ascii=plain, indent=2, allow_nan=False)
