"""Do questions in JSON get the answers of the functions, one a line, whatever stands between them?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import jsonschema
import pytest

import ketref
from ketref.review.asking import ASKS, answer, answer_line
from ketref.review.conformance import asked, golden

SCHEMAS = Path(__file__).parents[2] / "schemas"
DOSE = {"substance": "ketamine", "start": "2026-03-01T10:00Z", "route": "nasal"}
RESULT = {"matrix": "urine", "time": "2026-03-02T10:00Z", "outcome": "positive", "test": "ketamine"}
QUESTIONS = [
    {"substance": "ketamine", "matrix": "urine", "since": "3 days", "age": 70},
    {"ask": "detect", "substance": "ketamine", "specimen": "hair", "since": ["30 d", "60 d"], "cutoff": None},
    {"ask": "effects", "substance": "Spravato", "since": "1 h"},
    {"ask": "cautions", "substance": "ketamine", "condition": "head injury"},
    {"ask": "history", "doses": [DOSE], "at": "2026-03-02T10:00Z", "matrix": ["urine"]},
    {"ask": "infer", "results": [RESULT], "doses": [DOSE]},
    {"ask": "interpret", "results": [RESULT], "doses": [DOSE], "prescribed": ["ketamine 25 mg oral daily"]},
    {"ask": "today", "doses": [{**DOSE, "subject": "Ann"}], "at": "2026-03-02T10:00Z"},
]
REFUSED = [
    ("", "not-understood"),
    ("{", "not-understood"),
    ("[]", "not-understood"),
    ('{"since": NaN}', "not-understood"),
    ('{"ask": "detct"}', "unknown-word"),
    ('{"matrix": "urine"}', "not-understood"),
    ('{"substance": "ketamin", "matrix": "urin"}', "unknown-word"),
    ('{"substance": "ketamine", "rules": "/"}', "unknown-word"),
    ('{"ask": "cautions", "substance": "ketamine", "matrix": "urine"}', "unknown-word"),
    ('{"ask": "history", "doses": 3}', "not-understood"),
    ("\u00ff", "not-understood"),
]


def test_every_question_that_can_be_asked_is_tried():
    assert {question.get("ask", "detect") for question in QUESTIONS} == set(ASKS)


def test_a_question_gets_the_answer_of_the_function():
    given = ketref.detect("ketamine", matrix="urine", since="3 days", age=70)
    assert answer(QUESTIONS[0]) == given.to_dict()
    history = ketref.history([DOSE], at="2026-03-02T10:00Z", matrix=["urine"])
    assert answer(QUESTIONS[4]) == history.to_dict()


def test_each_line_has_its_answer_and_an_error_ends_nothing(run):
    lines = [json.dumps(question) for question in QUESTIONS]
    mixed = [part for pair in zip(lines, [text for text, _ in REFUSED], strict=False) for part in pair]
    ran = run("answer", "--jsonl", stdin="\n".join(mixed) + "\n")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err, len(found)) == (1, "", len(mixed))
    assert [json.loads(json.dumps(answer(question))) for question in QUESTIONS] == found[::2]
    assert {form["schema"] for form in found[1::2]} == {"ketref.error/1"}


@pytest.mark.parametrize(("line", "kind"), REFUSED)
def test_what_is_no_question_is_an_error_of_its_kind(line, kind, run):
    ran = run("answer", "--jsonl", stdin=line + "\n")
    form = json.loads(ran.out)
    jsonschema.validate(form, json.loads((SCHEMAS / "error.answer.schema.json").read_text("utf-8")))
    assert (ran.code, form["error"]["kind"]) == (1, kind)


def test_one_question_in_all_is_answered_as_its_command_does(run):
    ran = run("answer", stdin=json.dumps({"substance": "ketamine", "matrix": "urine", "since": "3 d"}, indent=2))
    assert ran.json == run("detect", "ketamine", "--matrix", "urine", "--since", "3 d", "--format", "json").json


def test_a_program_that_waits_gets_each_answer_at_once_and_no_arrays_are_read():
    asks = (
        "import sys; from ketref.cli.main import main; code = main(['answer', '--jsonl']);"
        " print(code, sorted({'numpy', 'pyarrow', 'numba'} & set(sys.modules)))"
    )
    with subprocess.Popen([sys.executable, "-c", asks], stdin=-1, stdout=-1, text=True) as program:
        for question in (QUESTIONS[0], QUESTIONS[2]):
            program.stdin.write(json.dumps(question) + "\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["question"]["substance"]
        program.stdin.close()
        assert program.stdout.readline() == "0 []\n"


def test_an_answer_says_under_which_licence_and_by_whom_its_rules_are():
    form = ketref.detect("ketamine", matrix="urine").to_dict()
    assert form["licence"] == "CC-BY-4.0"
    assert form["attribution"] == f"ketref, edition {form['edition']}, CC-BY-4.0"


# ---------------------------------------------------------------- a kit for other implementations


def test_the_kit_begins_with_what_it_is_of_and_has_a_question_a_line(book):
    command = [sys.executable, "-m", "ketref", "export", "--conformance"]
    with subprocess.Popen(command, stdout=-1, text=True) as program:
        first, second = (json.loads(program.stdout.readline()) for _ in range(2))
        program.stdout.close()
    assert (first["schema"], first["digest"]) == ("ketref.conformance/1", book.digest)
    assert first["licence"] == "CC-BY-4.0"
    assert second == json.loads(json.dumps(asked(book, *next(golden(book)))))


def test_ketref_answers_its_own_kit(book):
    cases = list(golden(book))
    assert len(cases) == len(list(book.cases())) > 2000
    for substance, case in cases[::25]:
        line = json.loads(json.dumps(asked(book, substance, case)))
        assert list(line) == ["question", "demanded", "answer", "rules", "locator"]
        found = answer_line(json.dumps(line["question"]))
        assert {key: found[key] for key in line["answer"]} == line["answer"], line["question"]
        status = line["demanded"].get("status")
        assert status is None or found["status"] in status
        assert set(line["demanded"].get("phases", ())) <= set(found.get("phases", ()))


# ---------------------------------------------------------------- the recipe


def test_the_recipe_for_http_is_short_and_answers(monkeypatch):
    page = (SCHEMAS.parent / "docs" / "other-languages.md").read_text("utf-8")
    (recipe,) = re.findall(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len([line for line in recipe.split("\n") if line]) <= 20
    monkeypatch.setattr(BaseHTTPRequestHandler, "log_message", lambda *_: None)
    names = {}
    exec(recipe.rpartition("\nThreadingHTTPServer")[0], names)  # noqa: S102 - what readers copy
    server = ThreadingHTTPServer(("127.0.0.1", 0), names["Ask"])
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        for body, status, schema in (
            (json.dumps(QUESTIONS[0]), 200, "ketref.detect/1"),
            ("what?", 400, "ketref.error/1"),
        ):
            client = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
            client.request("POST", "/", body)
            found = client.getresponse()
            assert (found.status, json.loads(found.read())["schema"]) == (status, schema)
            client.close()
    finally:
        server.shutdown()
        server.server_close()
