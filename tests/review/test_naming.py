"""Is the schema printed that a name means?"""

from __future__ import annotations

import pytest

from ketref.review.naming import listed, named
from ketref.review.schemas import as_text, schemas


@pytest.mark.parametrize(
    "name",
    ["detect.answer", "ketref.detect/1", "detect", "urn:ketref:schema:detect.answer", "detect.answer.schema.json"],
)
def test_an_answer_is_named_as_its_file_its_id_or_what_it_says(run, name):
    ran = run("schema", name)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == as_text(schemas()["detect.answer.schema.json"])


def test_a_schema_is_found_by_each_name_that_is_listed():
    for one in listed()[::15]:
        for name in filter(None, (one["name"], one["id"], one["schema"])):
            assert named(name)["$id"] == one["id"]


def test_no_name_is_listed_twice():
    for key in ("name", "id"):
        assert len({one[key] for one in listed()}) == len(schemas())


def test_a_rule_file_is_named_with_or_without_its_ending():
    assert named("windows.toml") == named("windows") == schemas()["windows.schema.json"]


def test_a_name_of_an_answer_and_of_a_rule_file_is_refused_with_both(run):
    (error,) = run("schema", "effects", "--format", "json").json["errors"]
    assert error["candidates"] == ["effects.answer", "effects.toml"]


def test_an_unknown_name_brings_near_ones(run):
    ran = run("schema", "detekt.answer")
    assert ran.code == 2
    assert "did you mean `detect.answer`" in ran.err


def test_all_are_listed_without_a_name(run):
    ran = run("schema")
    assert all(one["name"] in ran.out for one in listed())
    assert {one["name"] for one in run("schema", "--format", "json").json["data"]} == {one["name"] for one in listed()}
    assert len(listed()) == len(schemas())
