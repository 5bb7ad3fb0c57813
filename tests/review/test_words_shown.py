"""Does `ketref show` tell the words that questions may use?"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("word", "kind", "term"),
    [
        ("matrices", "matrix", "oral-fluid"),
        ("specimens", "matrix", "oral-fluid"),
        ("method", "method", "immunoassay"),
        ("routes", "route", "nasal-spray"),
        ("factors", "factor", "age"),
    ],
)
def test_an_axis_is_shown_with_its_terms_and_their_synonyms(word, kind, term, run, book):
    form = run("show", word, "--format", "json").json
    assert form["kind"] == kind
    shown = {entry["id"]: entry for entry in form["data"]}
    assert list(shown[term].get("synonyms", ())) == list(book.vocabularies[kind].terms[term].synonyms)
    assert f"{kind}: {len(shown)}" in run("show", word).out


def test_a_word_for_a_term_shows_it(run):
    form = run("show", "saliva", "--format", "json").json
    assert (form["kind"], form["data"]["id"]) == ("matrix", "oral-fluid")


def test_another_word_is_still_refused(run):
    assert run("show", "teeth").code == 2
