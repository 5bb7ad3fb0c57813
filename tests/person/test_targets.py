"""What is a test for: which substances does it cover, and which of them in full?"""

from __future__ import annotations

import pytest

import ketref
from ketref.answers.targets import target
from ketref.book.loading import Book, load_texts, shipped
from support.small import small_book

TERMS = """
[[matrix]]
id = "urine"
concentration = "ng/mL"
[[analyte]]
id = "any"
[[analyte]]
id = "diazepam"
[[analyte]]
id = "nordiazepam"
[[analyte]]
id = "oxazepam"
[[analyte]]
id = "dextro"
reported_as = "racemate"
[[analyte]]
id = "racemate"
[[method]]
id = "lc-ms"
[[method]]
id = "chiral-lc-ms"
chiral = true
[[route]]
id = "oral"
[[pattern]]
id = "single"
[[pattern]]
id = "unknown"
[[outcome]]
id = "positive"
[[outcome]]
id = "negative"
"""
YIELDS = {
    "diazepam": ["diazepam", "nordiazepam", "oxazepam"],
    "oxazepam": ["oxazepam"],
    "dextro": ["dextro", "racemate"],
    "racemate": ["racemate", "dextro"],
    "levo": ["racemate"],
}


@pytest.fixture(scope="module")
def book() -> Book:
    return small_book(TERMS, YIELDS)


@pytest.mark.parametrize(
    ("test", "analyte", "method", "measured", "covers"),
    [
        ("diazepam", None, None, "any", {"diazepam": True, "oxazepam": False}),
        ("oxazepam", None, None, "any", {"diazepam": True, "oxazepam": True}),
        ("diazepam", "diazepam", None, "diazepam", {"diazepam": True}),
        ("diazepam", "oxazepam", None, "oxazepam", {"diazepam": True, "oxazepam": False}),
        ("nordiazepam", None, None, "nordiazepam", {"diazepam": True}),
        (None, "oxazepam", None, "oxazepam", {"diazepam": True, "oxazepam": True}),
        ("racemate", None, None, "any", {"dextro": True, "levo": True, "racemate": True}),
        ("dextro", None, "lc-ms", "any", {"dextro": True, "levo": True, "racemate": True}),
        ("dextro", None, "chiral-lc-ms", "any", {"dextro": True, "levo": False, "racemate": True}),
        (None, "dextro", "lc-ms", "racemate", {"dextro": True, "levo": True, "racemate": True}),
        (None, "dextro", "chiral-lc-ms", "dextro", {"dextro": True, "racemate": True}),
        (None, None, None, "any", dict.fromkeys(YIELDS, True)),
    ],
)
def test_a_test_covers_whatever_yields_its_analytes(
    book: Book, test: str | None, analyte: str | None, method: str | None, measured: str, covers: dict[str, bool]
) -> None:
    found = target(book, test, analyte, method)
    assert (found.analyte, {name: cover.full for name, cover in found.covers.items()}) == (measured, covers)


def test_a_test_of_two_analytes_is_refused(book: Book) -> None:
    with pytest.raises(ketref.UsageError, match="two analytes"):
        target(book, "nordiazepam", "oxazepam", None)
    with pytest.raises(ketref.UsageError, match="unknown test `water`"):
        target(book, "water", None, None)


@pytest.mark.parametrize(
    ("taken", "outcome", "verdict"),
    [
        ("diazepam", "positive", "explained"),
        ("diazepam", "negative", "not_explained"),
        ("oxazepam", "positive", "possible"),
        ("oxazepam", "negative", "possible"),
        ("racemate", "positive", "not_explained"),
    ],
)
def test_what_shares_metabolites_makes_a_positive_possible_at_most(
    book: Book, taken: str, outcome: str, verdict: str
) -> None:
    """Six hours after the dose, where a test as a whole is expected to be positive after each of them."""
    result = {"matrix": "urine", "time": "2026-03-01T16:00Z", "outcome": outcome, "test": "diazepam"}
    doses = [{"substance": taken, "start": "2026-03-01T10:00Z"}]
    answer = ketref.infer([result], doses=doses, known_since="2020-01-01T00:00Z", rules=book)
    assert answer.results[0]["verdict"] == verdict


def test_what_was_not_taken_is_not_excluded_by_a_negative_for_another(book: Book) -> None:
    """A negative for diazepam excludes the hours in which it would be found, of oxazepam none."""
    result = {"matrix": "urine", "time": "2026-03-01T16:00Z", "outcome": "negative", "test": "diazepam"}
    after = {name: ketref.infer([result], substance=name, rules=book).intervals for name in ("diazepam", "oxazepam")}
    assert len(after["diazepam"]) == 2
    assert [(one["from"], one["until"]) for one in after["oxazepam"]] == [(None, None)]


def test_a_test_of_something_else_says_nothing_of_what_may_have_been_taken(book: Book) -> None:
    result = {"matrix": "urine", "time": "2026-03-01T16:00Z", "outcome": "positive", "test": "racemate"}
    answer = ketref.infer([result], substance="oxazepam", rules=book)
    assert (answer.results[0]["verdict"], answer.intervals) == ("says_nothing", [])
    assert "racemate" in answer.results[0]["says"]


def test_a_declared_dose_explains_though_another_drug_is_asked_about(book: Book) -> None:
    result = {"matrix": "urine", "time": "2026-03-01T16:00Z", "outcome": "positive", "test": "oxazepam"}
    doses = [{"substance": "diazepam", "start": "2026-03-01T10:00Z"}]
    answer = ketref.infer([result], doses=doses, substance="oxazepam", known_since="2020-01-01T00:00Z", rules=book)
    assert (answer.results[0]["verdict"], answer.results[0]["substance"]) == ("explained", "diazepam")
    assert answer.to_dict()["substances"] == ["oxazepam"]


@pytest.mark.parametrize("word", ["test", "substance"])
@pytest.mark.parametrize(
    ("test", "taken"), [("ketamine", "esketamine"), ("esketamine", "ketamine"), ("S-ketamine", "ketamine")]
)
def test_a_test_for_ketamine_finds_its_mirror_form(word: str, test: str, taken: str) -> None:
    result = {"matrix": "urine", "time": "2026-03-01T20:00Z", "outcome": "positive", word: test}
    doses = [{"substance": taken, "start": "2026-03-01T10:00Z"}]
    answer = ketref.infer([result], doses=doses, known_since="2025-01-01T00:00Z")
    assert (answer.results[0]["verdict"], answer.results[0]["substance"]) == ("explained", taken)


def test_test_and_its_old_name_are_one() -> None:
    result = {"matrix": "urine", "time": "2026-03-01T20:00Z", "outcome": "positive"}
    with pytest.raises(ketref.UsageError, match="two words for the same"):
        ketref.infer([{**result, "test": "ketamine", "substance": "ketamine"}])


def test_an_achiral_method_reports_esketamine_as_ketamine_and_the_answer_says_so() -> None:
    asked = ketref.detect("esketamine", matrix="urine", since="10 h", analyte="esketamine", method="lc-ms")
    assert (
        asked.status
        == ketref.detect("esketamine", matrix="urine", since="10 h", analyte="ketamine", method="lc-ms").status
    )
    assert any("reported as ketamine" in line for line in asked.assumes)


@pytest.mark.parametrize(
    ("taken", "status"),
    [(["diazepam"], "expected"), (["oxazepam"], "possible"), (["oxazepam", "diazepam"], "expected")],
)
def test_a_history_answers_a_named_test_once_after_all_that_it_finds(book: Book, taken: list[str], status: str) -> None:
    """Whatever was taken besides: levo shares nothing with it."""
    doses = [{"substance": name, "start": "2026-03-01T10:00Z"} for name in [*taken, "levo"]]
    (found,) = ketref.history(doses, at="2026-03-01T16:00Z", matrix="urine", test="diazepam", rules=book).tests
    assert (found["test"], found["status"], found["substance"]) == ("diazepam", status, taken[-1])
    assert found["dose"] == len(taken)
    turn = found["next_change"]
    assert (turn["status"], turn["in_s"]) == (
        ("possible", 18 * 3600 + 1) if status == "expected" else ("not_expected", 151201)
    )


def test_a_named_test_after_nothing_that_it_finds_is_no_dose(book: Book) -> None:
    doses = [{"substance": "levo", "start": "2026-03-01T10:00Z"}]
    answer = ketref.history(doses, at="2026-03-01T16:00Z", test="diazepam", rules=book)
    assert [(form["matrix"], form["status"], form["dose"]) for form in answer.tests] == [("urine", "no_dose", None)]
    text = " ".join(answer.text(full=True).split())
    assert "test for diazepam" in text or "diazepam in urine: no dose that this test finds by then" in text
    with pytest.raises(ketref.UsageError, match="unknown test"):
        ketref.history(doses, at="2026-03-01T16:00Z", test="water", rules=book)


def test_a_ketamine_test_of_a_person_on_esketamine_has_one_answer() -> None:
    doses = [{"substance": "esketamine", "start": "2026-03-01T10:00Z"}]
    (named,) = ketref.history(doses, at="2026-03-01T20:00Z", matrix="urine", test="ketamine").tests
    (own,) = ketref.history(doses, at="2026-03-01T20:00Z", matrix="urine").tests
    assert {**named, "test": None} == own
    assert "test for ketamine, after esketamine, in urine" in ketref.history(
        doses, at="2026-03-01T20:00Z", matrix="urine", test="ketamine"
    ).text(full=True)


def test_a_substance_of_the_book_is_no_other_drug_though_it_has_the_classes_of_one() -> None:
    """Regression: results for drugs whose classes drugs.toml tells said nothing of the substances of that name."""
    both = [name for name in shipped().drugs.terms if name in shipped().folders]
    assert both
    assert not [name for name in both if shipped().is_other_drug(name)]
    row = {"time": "2026-03-02T12:00Z", "matrix": "urine", "outcome": "positive", "test": "cocaine"}
    (result,) = ketref.infer([row], at="2026-03-03Z").to_dict()["results"]
    assert "cocaine" in both
    assert "cocaine" in result["substances"]


@pytest.mark.parametrize("doses", [[], [{"substance": "ketamine", "start": "2026-03-01T10:00Z"}]], ids=len)
def test_a_test_for_a_drug_that_no_rule_speaks_of_is_unknown(doses):
    answer = ketref.history(doses, at="2026-03-01T18:00Z", test="triazolam", matrix="urine")
    (test,) = answer.tests
    assert (test["status"], test["substance"], test["dose"], test["next_change"]) == ("unknown", None, None, None)
    assert "no rule covers this drug" in answer.text(full=True)
    assert "esketamine" not in str(answer.to_dict()["tests"])
    assert ketref.history(doses, at="2026-03-01T18:00Z", test="triazolam").tests


@pytest.mark.parametrize(("name", "substance"), [("ketamine", "ketamine"), ("norketamine", None)])
def test_where_nothing_was_taken_no_substance_is_named_but_that_of_the_test(name, substance):
    (test,) = ketref.history([], at="2026-03-01T18:00Z", test=name, matrix="urine").tests
    assert (test["status"], test["substance"]) == ("no_dose", substance)


@pytest.mark.parametrize(
    ("test", "method", "taken", "verdict"),
    [
        ("oxazepam", "lc-ms-ms", "alprazolam", "not_explained"),
        ("mdma", "gc-ms", "methamphetamine", "not_explained"),
        ("methamphetamine", "gc-ms", "mdma", "not_explained"),
        ("heroin", "gc-ms", "oxycodone", "not_explained"),
        ("hydrocodone", "gc-ms", "codeine", "unknown"),
        ("oxazepam", "immunoassay", "alprazolam", "possible"),
        ("ketamine", "gc-ms", "esketamine", "explained"),
        ("benzodiazepines", "immunoassay", "alprazolam", "unknown"),
    ],
)
def test_what_shares_no_more_than_a_class_explains_no_identified_analyte(
    test: str, method: str, taken: str, verdict: str
) -> None:
    """Regression: a positive for oxazepam by mass spectrometry was said to agree with a dose of alprazolam."""
    result = {"matrix": "urine", "time": "2026-03-01T22:00Z", "outcome": "positive", "test": test, "method": method}
    doses = [{"substance": taken, "start": "2026-03-01T10:00Z"}]
    answer = ketref.infer([result], doses=doses, known_since="2020-01-01T00:00Z")
    assert answer.results[0]["declared"] == verdict
    sampled = {**result, "subject": 1}
    many = ketref.evaluate(
        {name: [value] for name, value in {**doses[0], "subject": 1}.items()},
        {name: [value] for name, value in sampled.items()},
        ["verdict"],
        known_since="2020-01-01T00:00Z",
    )
    assert list(many["verdict"]) == [answer.results[0]["verdict"]]


@pytest.mark.parametrize(
    ("test", "method", "full", "lesser"),
    [
        ("heroin", "gc-ms", {"heroin"}, {"codeine": ("codeine", "morphine"), "morphine": ("morphine",)}),
        ("heroin", None, {"heroin"}, {"codeine": ("codeine", "morphine")}),
        (
            "cannabis",
            "gc-ms",
            {"cannabis", "dronabinol", "nabiximols"},
            {"cbd": ("cbd",), "hemp-products": ("thc-cooh",)},
        ),
        (
            "tobacco",
            None,
            {"tobacco"},
            {"nicotine": ("cotinine", "trans-3-hydroxycotinine", "nornicotine", "nicotine")},
        ),
        ("gbl", "gc-ms", {"gbl"}, {"ghb": ("ghb",)}),
        ("methamphetamine", "gc-ms", {"methamphetamine"}, {"amphetamine": ("amphetamine", "methamphetamine")}),
        ("codeine", "gc-ms", {"codeine", "poppy-seeds"}, {"heroin": ("morphine", "codeine")}),
    ],
)
def test_a_named_test_covers_in_full_what_yields_its_parent_or_its_markers(
    test: str, method: str | None, full: set[str], lesser: dict[str, tuple[str, ...]]
) -> None:
    covers = target(shipped(), test, None, method).covers
    assert full <= {name for name, cover in covers.items() if cover.full}
    assert {name: covers[name].lesser for name in lesser} == lesser


def test_an_impurity_alone_makes_no_positive_expected_and_the_answer_says_so(book: Book) -> None:
    texts = {name: bytes(text).decode() for name, text in book.texts.items()}
    texts["oxazepam/substance.toml"] = (
        'id = "oxazepam"\nname = "oxazepam"\n[[yields]]\nanalyte = "oxazepam"\n'
        '[[yields]]\nanalyte = "diazepam"\nrole = "impurity"\nsource = "book"\nsays = "In one batch."\n'
    )
    mixed = load_texts(texts)
    result = {"matrix": "urine", "time": "2026-03-01T16:00Z", "outcome": "positive"}
    doses = [{"substance": "oxazepam", "start": "2026-03-01T10:00Z"}]
    for asked in ({"test": "diazepam"}, {"test": "diazepam", "analyte": "diazepam"}, {"analyte": "diazepam"}):
        answer = ketref.infer([{**result, **asked}], doses=doses, known_since="2020-01-01T00:00Z", rules=mixed)
        assert target(mixed, asked.get("test"), asked.get("analyte"), None).covers["oxazepam"].full is False
        assert answer.results[0]["verdict"] in {"possible", "unknown"}
        assert "diazepam as an impurity" in str(answer.results[0]["says"])


def test_the_shared_analytes_are_named_where_a_test_does_not_cover_a_dose_in_full() -> None:
    result = {"matrix": "urine", "time": "2026-03-01T22:00Z", "outcome": "positive", "test": "heroin"}
    doses = [{"substance": "codeine", "start": "2026-03-01T10:00Z"}]
    for method in ("gc-ms", "lc-ms-ms"):
        (found,) = ketref.infer([{**result, "method": method}], doses=doses, known_since="2020-01-01T00:00Z").results
        assert found["verdict"] == "possible"
        assert "dose 1 (codeine) gives no more than codeine, morphine" in str(found["says"])


@pytest.mark.parametrize("method", [None, "lc-ms-ms", "immunoassay"])
def test_a_rule_on_both_mirror_forms_does_not_answer_for_one_of_them(method: str | None) -> None:
    """Regression: l-methamphetamine after methamphetamine was expected, by a rule that tells the forms not apart."""
    asked = {"matrix": "urine", "since": "1 d", "method": method}
    whole = ketref.detect("methamphetamine", analyte="methamphetamine", **asked)
    form = ketref.detect("methamphetamine", analyte="l-methamphetamine", **asked)
    assert whole.status in {"possible", "expected"}
    assert (form.status, form.rule) == ("unknown", None)
    assert any("tells l-methamphetamine from methamphetamine" in line for line in form.assumes)
    table = {"substance": "methamphetamine", "matrix": "urine", "since": "1 d", "analyte": ["l-methamphetamine"]}
    assert ketref.detect_many(table, ("status",))["status"].tolist() == ["unknown"]
    result = {"matrix": "urine", "time": "2026-03-02T10:00Z", "outcome": "positive", "analyte": "l-methamphetamine"}
    result |= {"method": method} if method else {}
    doses = {"substance": "methamphetamine", "start": "2026-03-01T10:00Z"}
    (found,) = ketref.infer([result], doses=[doses], substance="methamphetamine").results
    assert found["declared"] == "unknown"
    many = ketref.evaluate(
        {name: [value] for name, value in {**doses, "subject": 1}.items()},
        {name: [value] for name, value in {**result, "subject": 1}.items()},
        ["status", "verdict"],
    )
    assert (list(many["status"]), list(many["verdict"])) == (["unknown"], [found["verdict"]])


def test_a_rule_that_names_one_mirror_form_answers_for_it() -> None:
    answer = ketref.detect("selegiline", matrix="oral-fluid", analyte="l-methamphetamine", since="1 d")
    assert "SEL" in str(answer.rule)
