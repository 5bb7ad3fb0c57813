"""Is a figure that is no window shown as what it is, and does it set no end?"""

from __future__ import annotations

import pytest

import ketref
from ketref.answers.flips import flips
from ketref.book.loading import load_texts
from support.faults import rule, rules_of

URINE = 'matrix = "urine", analyte = "any"'
WINDOW = {"detectable_from": '["1 h", "2 h"]', "detectable_until": '["1 d", "3 d"]'}


def book_with(*reports, when="", ends=WINDOW):
    """The sound book, whose one window has evidence of its own, and of `page` whatever it reports besides."""
    more = "".join(
        f'[[window.evidence]]\nsource = "page"\nlocator = "page 2"\n{when}\nreports = {{ {one} }}\n\n'
        for one in reports
    )
    return load_texts(rules_of(rule("X-1", URINE, ends) + more))


def ask(book, since="30 h", **said):
    return ketref.detect("xamine", **{"matrix": "urine", **said}, since=since, rules=book)


def of_page(answer):
    return [form for form in answer.evidence if form["source"] == "page"]


def flat(answer):
    return " ".join(answer.text(full=True).split())


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ('detectable_until = ["34 h", "34 h"], statistic = "mean"', "(a mean: sets no end)"),
        ('detectable_until = ["34 h", "34 h"], statistic = "median"', "(a median: sets no end)"),
        ('positive_at = "34 h", statistic = "last sample"', "(last sample, still positive: sets no end)"),
        (
            'detectable_until = { earliest = "16 h" }, statistic = "first negative"',
            "(first negative, positives may follow: sets no end)",
        ),
        ('detectable_until = { latest = "3 d" }, statistic = "all negative"', "(all negative by then)"),
        (
            'detectable_until = { earliest = "1 d" }, statistic = "at least"',
            "(at least so long, the end was not seen)",
        ),
        ('detectable_until = ["1 d", "3 d"], clock = "admission"', "(counted from admission: sets no end)"),
        (
            'detectable_until = ["1 d", "1 d"], statistic = "mean", clock = "first use"',
            "(a mean, counted from first use: sets no end)",
        ),
    ],
)  # fmt: skip
def test_a_figure_that_is_no_plain_window_says_what_it_is(reports, words):
    answer = ask(book_with(reports))
    assert words in flat(answer)
    (form,) = of_page(answer)
    assert form["bounds"] is not words.endswith("sets no end)")


@pytest.mark.parametrize("statistic", ["range", "stated", "up to"])
def test_a_plain_window_needs_no_word(statistic):
    answer = ask(book_with(f'detectable_until = ["1 d", "3 d"], statistic = "{statistic}"'))
    assert "(" not in flat(answer).partition("page (grade")[2].partition("Conditions")[0].partition(")")[2]
    assert [(form["statistic"], form["clock"], form["bounds"]) for form in of_page(answer)] == [
        (statistic, "last use", True)
    ]


@pytest.mark.parametrize(
    ("mean", "since", "verdict", "disagree"),
    [
        ("5 d", "4 d", "possible", True),  # later than the window: somebody was positive at that time
        ("34 h", "40 h", "possible", False),  # within it: says nothing of those beyond
        ("34 h", "30 h", "possible", False),
        ("34 h", "4 d", "not_expected", False),
        ("20 h", "22 h", "possible", False),  # before all were thought to end: some did
        ("20 h", "10 h", "expected", False),
    ],
)
def test_a_mean_may_open_disagreement_and_closes_nothing(mean, since, verdict, disagree):
    answer = ask(book_with(f'detectable_until = ["{mean}", "{mean}"], statistic = "mean"'), since)
    assert [form["status"] for form in of_page(answer)] == [verdict]
    assert answer.sources_disagree is disagree
    assert answer.status == ask(book_with(), since).status


def test_where_no_rule_states_an_end_a_mean_states_none():
    book = book_with(
        'detectable_until = ["34 h", "34 h"], statistic = "mean"', ends={"detectable_from": '["1 h", "2 h"]'}
    )
    assert ask(book, "40 d").status == ask(book, "40 d", source="page").status == "possible"


def test_a_figure_on_another_clock_is_no_verdict():
    answer = ask(book_with('detectable_until = ["1 h", "1 h"], clock = "admission"'))
    assert [(form["applies"], form["status"]) for form in of_page(answer)] == [(False, None)]
    assert not answer.sources_disagree


@pytest.mark.parametrize("clock", ["last use", "admission", "zero concentration", "delivery"])
def test_a_positive_so_long_after_what_follows_the_last_use_forbids_an_earlier_end(clock):
    with pytest.raises(ketref.RulesError, match="saw a positive at `4 d`"):
        book_with(f'positive_at = "4 d", clock = "{clock}"')
    (form,) = of_page(ask(book_with(f'positive_at = "3 d", clock = "{clock}"')))
    assert (form["applies"], form["status"]) == (True, "possible")


@pytest.mark.parametrize("clock", ["first use", "start of drinking", "period asked about"])
def test_a_positive_so_long_after_what_precedes_the_last_use_forbids_nothing(clock):
    (form,) = of_page(ask(book_with(f'positive_at = "4 d", clock = "{clock}"')))
    assert (form["applies"], form["status"]) == (False, None)


SHARE = 'statistic = "share", share = [{ percent = 19, n = 20, of = "persons", from = "0 h", until = "24 h" }]'


def test_how_many_were_positive_is_shown_with_its_time():
    answer = ask(book_with(SHARE))
    assert "19 % of 20 persons were positive from 0 h to 24 h." in flat(answer)
    (form,) = of_page(answer)
    assert form["share"] == [{"percent": 19, "n": 20, "of": "persons", "from": "0 h", "until": "24 h"}]
    assert (form["applies"], form["status"]) == (True, None)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ('percent = 27.5, from = "14 d", until = "14 d"', "27.5 % of the specimens were positive at 14 d."),
        ('percent = 5, n = 8, of = "administrations", until = "2 d"', "5 % of 8 administrations were positive until"),
        ('percent = 5, n = 8, from = "2 d"', "5 % of 8 specimens were positive from 2 d on."),
        ("percent = 5, n = 8", "5 % of 8 specimens were positive."),
    ],
)  # fmt: skip
def test_a_share_may_be_of_one_time_or_open(share, words):
    assert words in flat(ask(book_with(f'statistic = "share", share = [{{ {share} }}]')))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"cutoff": "100 ng/mL", "route": "oral"}, True),
        ({"cutoff": "50 ng/mL", "route": "oral"}, False),
        ({"cutoff": "200 ng/mL", "route": "oral"}, False),
        ({"cutoff": "100 ng/mL"}, False),
        ({"route": "oral"}, False),
    ],
)
def test_a_share_is_shown_where_the_question_meets_its_conditions(said, shown):
    book = book_with(SHARE, when='when = { cutoff = "100 ng/mL", route = "oral" }')
    answer = ask(book, **said)
    assert [bool(form["share"]) for form in of_page(answer)] == [shown]
    assert ("were positive from" in flat(answer)) is shown


@pytest.mark.parametrize(
    ("since", "shown"), [("12 h", True), ("24 h", True), ("20-30 h", True), ("30 h", False), (None, False)]
)
def test_at_a_glance_how_many_were_positive_stands_beside_the_window_for_times_that_it_speaks_of(since, shown):
    brief = " ".join(str(ask(book_with(SHARE), since=since)).split())
    words = "of such tests then: 19 % of 20 persons were positive from 0 h to 24 h by page (grade "
    assert (words in brief) is shown


def test_at_a_glance_nothing_is_said_of_those_counted_from_another_moment():
    answer = ask(book_with(f'{SHARE}, clock = "admission"'), since="12 h")
    assert "of such tests then" not in str(answer)


def test_how_many_were_positive_is_told_by_a_rule_that_gives_no_end_of_the_answer_too():
    wide = rule("X-0", URINE, {"detectable_until": '{ latest = "4 d" }'})
    # what a rule that says no cutoff promises holds at none that is asked about
    promise = rule(
        "X-1", 'matrix = "urine", analyte = "any", pattern = "single"', {"detectable_from": '{ latest = "2 h" }'}
    )
    said = f'when = {{ cutoff = "100 ng/mL" }}\nreports = {{ {SHARE} }}'
    more = f'[[window.evidence]]\nsource = "page"\nlocator = "page 2"\n{said}\n\n'
    answer = ask(load_texts(rules_of(wide + promise + more)), since="12 h", cutoff="100 ng/mL")
    assert [one["id"] for one in answer.rules] == ["X-0"]
    assert [form["share"][0]["percent"] for form in of_page(answer) if form["share"]] == [19]
    assert "19 % of 20 persons" in " ".join(str(answer).split())


def test_by_a_source_that_only_tells_how_many_nothing_is_known():
    answer = ask(book_with(SHARE), source="page")
    assert (answer.status, "states no time" in str(answer)) == ("unknown", True)


def test_a_mean_does_not_carry_an_end_whose_source_is_withheld():
    answer = ask(book_with('detectable_until = ["34 h", "34 h"], statistic = "mean"'), since="4 d")
    (flip,) = [flip for flip in flips(answer) if flip["direction"] == "without" and flip["to"] == "study"]
    assert flip["status"] in {"possible", "unknown"}
