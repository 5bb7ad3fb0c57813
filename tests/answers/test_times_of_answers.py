"""Is no pair of times of an answer to one question reversed, and no flip at an empty range?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_engine_properties import books

import ketref
from support.laws import assert_times_are_sound
from support.strategies import DAY, SUBSTANCE, asked, questions, times


@given(st.data())
def test_no_pair_of_times_of_an_answer_is_reversed(data: st.DataObject) -> None:
    book, rules = data.draw(books())
    question = data.draw(questions(rules))
    shortest = data.draw(times(rules, question))
    longest = shortest + data.draw(st.sampled_from([0, 1, DAY]))
    since = (timedelta(seconds=shortest), timedelta(seconds=longest))
    answer = ketref.detect(SUBSTANCE, since=since, rules=book, **asked(question))
    assert_times_are_sound(answer.to_dict())
    for flip in ketref.flips(answer):
        to: Any = flip["to"]
        if flip["axis"] == "elapsed" and isinstance(to, list):
            assert 0 <= to[0] <= to[1]
            assert to[1] - to[0] == longest - shortest


@given(
    st.sampled_from(["ketamine", "esketamine"]),
    st.sampled_from([None, "nasal", "intravenous", "intravenous-infusion", "oral"]),
    st.sampled_from([None, "84 mg", "0.5 mg/kg"]),
    st.sampled_from([None, "40 min", "6 h", "3 d"]),
    st.integers(0, 40 * DAY),
)
def test_no_pair_of_times_of_effects_and_cautions_is_reversed(
    substance: str, route: str | None, dose: str | None, infusion: str | None, elapsed: int
) -> None:
    if infusion == "3 d" and route in {"nasal", "oral"}:
        infusion = None  # which is too long for one
    given_so = {"route": route, "dose": dose, "infusion": infusion, "since": f"{elapsed} s"}
    assert_times_are_sound(ketref.effects(substance, **given_so).to_dict())
