"""Does what a notebook shows of an answer say what the answer says, whole, escaped and without another file?"""

from __future__ import annotations

import re
from typing import Any
from xml.dom import minidom

import pytest
from test_public_answers import ASK

import ketref
from ketref.output.bar import SURE, Axis, axis_of, window_bar
from ketref.output.notebook import _LABEL, _stretches, html_of


def texts(html: str) -> str:
    """All text of a piece of HTML; it is well formed."""
    node = minidom.parseString(html).documentElement  # noqa: S318  # of our own making
    held: list[str] = []

    def read(one: Any) -> None:
        held.extend(child.data for child in one.childNodes if child.nodeType == child.TEXT_NODE)
        for child in one.childNodes:
            read(child)

    read(node)
    return " ".join(" ".join(held).split())


@pytest.mark.parametrize("kind", ASK)
def test_every_answer_shows_its_words_sources_and_edition(kind: str) -> None:
    answer = ASK[kind]()
    html = answer._repr_html_()
    shown = texts(html)
    assert " ".join(str(answer).split("\n", 1)[1].split())[:60] in shown
    assert answer.to_dict()["edition"] in shown
    assert "not medical or legal advice" in shown
    assert re.search(r"(src|href|url|@import|<script|<link)", html) is None
    assert "prefers-color-scheme:dark" in html


def test_the_status_comes_first_and_every_source_is_named() -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="36 h")
    shown = texts(answer._repr_html_())
    assert "positive possible (closing): ketamine in urine" in shown
    assert "36 h after the start of a single dose" in shown
    assert all(f"{said['source']} (grade {said['grade']})" in shown for said in answer.evidence)


def test_what_is_not_plausible_is_not_folded_away() -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="36 h", dose="40 g")
    assert answer.warnings
    before_folded = answer._repr_html_().split("<details>")[0]
    assert all(warning in texts(f"{before_folded}</div>") for warning in answer.warnings)


def test_texts_are_escaped() -> None:
    form: Any = {**ketref.cautions("esketamine", "aneurysm").to_dict()}
    form["cautions"] = [{**one, "condition": "<b>&\x1b[31m</b>"} for one in form["cautions"]]
    html = html_of(form)
    assert "<b>" not in html
    assert "\x1b" not in html
    assert "&lt;b&gt;&amp;\\x1b" in html


def solid(axis: Axis, answer: ketref.DetectAnswer) -> list[tuple[int, int]]:
    form = answer.to_dict()
    bars = _stretches(axis, form["detectable_from_s"], form["detectable_until_s"], 0)
    found = [re.search(r'x="(\d+)".* width="(\d+)" height.* style="[^"]*" (.*)/>', bar) for bar in bars]
    return [
        (int(one[1]) - _LABEL, int(one[1]) - _LABEL + int(one[2])) for one in found if one and "opacity" not in one[3]
    ]


@pytest.mark.parametrize("substance", ["ketamine", "cocaine", "cannabis", "ethanol", "mdma"])
def test_a_bar_is_solid_only_where_nearly_all_test_positive(substance: str) -> None:
    for answer in ketref.detect(substance).answers:
        form = answer.to_dict()
        axis = axis_of([(form["detectable_from_s"], form["detectable_until_s"])], None, 480)
        if axis is None:
            continue
        for begin, end in solid(axis, answer):
            middle = int(axis.times()[min((begin + end) // 2, 479)])
            asked = ketref.detect(substance, matrix=str(answer.question.matrix), since=f"{middle} s")
            assert asked.status == "expected"


def test_a_phase_whose_begin_is_not_known_is_nowhere_sure() -> None:
    axis = Axis(0, 100, 100, logarithmic=False)
    assert len(list(_stretches(axis, [None, None], [10, 20], 0))) == 1
    assert len(list(_stretches(axis, [5, 8], [10, 20], 0))) == 2
    assert list(_stretches(axis, [None, None], [None, None], 0)) == []


@pytest.mark.parametrize("substance", ["ketamine", "mdma", "amphetamine", "poppy-seeds"])
def test_a_bar_of_characters_is_sure_only_where_the_status_is_expected(substance: str) -> None:
    for answer in ketref.detect(substance).answers:
        form = answer.to_dict()
        ends = form["detectable_from_s"], form["detectable_until_s"]
        if (axis := axis_of([ends], None)) is None:
            continue
        for time, char in zip(axis.times(), window_bar(axis, *ends), strict=True):
            asked = ketref.detect(substance, matrix=str(answer.question.matrix), since=f"{int(time)} s")
            assert (char == SURE) <= (asked.status == "expected")
