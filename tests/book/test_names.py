"""Which substance does a word mean, and what is said of one that means none, or several?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import ketref
from ketref.book.loading import Book, load_texts, shipped, shipped_folder

SOURCE = '[[source]]\nid = "a-page"\nkind = "web-page"\ntitle = "A page"\ngrade = "D"\nseen = "excerpt"\n'
HEAD = 'edition = "1"\nformat = 1\nname = "ours"\n'
TERMS = (shipped_folder() / "terms.toml").read_text("utf-8") + "".join(
    f'\n[[analyte]]\nid = "{name}"\n' for name in ("one", "two", "shared")
)
SOURCES = (shipped_folder() / "sources.toml").read_text("utf-8") + "\n" + SOURCE


def substance(name: str, *streets: tuple[str, str], synonyms: str = "") -> str:
    called = "".join(
        f'[[street]]\nnames = ["{word}"]\nregion = "{region}"\nsource = "a-page"\n' for word, region in streets
    )
    return (
        f'id = "{name}"\nname = "{name}"\nsynonyms = [{synonyms}]\n{called}'
        f'[[yields]]\nanalyte = "{name}"\nsource = "a-page"\n[[yields]]\nanalyte = "shared"\nsource = "a-page"\n'
    )


def book(one: str, two: str) -> Book:
    return load_texts(
        {
            "edition.toml": HEAD,
            "terms.toml": TERMS,
            "sources.toml": SOURCES,
            "one/substance.toml": one,
            "two/substance.toml": two,
        }
    )


def refusal(ask: Callable[[], object]) -> ketref.UsageError:
    with pytest.raises(ketref.UsageError) as caught:
        ask()
    return caught.value


def test_a_street_name_means_its_substance() -> None:
    ours = book(substance("one", ("White Stuff", "here")), substance("two"))
    assert ours.substance("white stuff").id == "one"


def test_a_street_name_of_two_substances_is_sound_and_refused_with_both_and_their_regions() -> None:
    ours = book(substance("one", ("stuff", "here")), substance("two", ("Stuff", "there")))
    refused = refusal(lambda: ours.substance("STUFF"))
    assert str(refused) == "`STUFF` means several substances"
    assert refused.candidates == ("one", "two")
    assert refused.hint == "name the one that was taken: `one` (here); `two` (there)"


def test_a_street_name_that_is_the_synonym_of_another_substance_is_refused_too() -> None:
    ours = book(substance("one", synonyms='"stuff"'), substance("two", ("stuff", "there")))
    assert refusal(lambda: ours.substance("stuff")).candidates == ("one", "two")


@pytest.mark.parametrize("word", ["one", "One"])
def test_what_a_substance_is_called_itself_means_it_whatever_is_said_on_the_street(word: str) -> None:
    assert book(substance("one"), substance("two", ("one", "there"))).substance(word).id == "one"


def test_an_analyte_is_refused_with_what_it_comes_of() -> None:
    refused = refusal(lambda: book(substance("one"), substance("two")).substance("shared"))
    assert str(refused) == "`shared` is not a substance but an analyte, which a test measures"
    assert refused.hint == "name what was taken, and beside it `shared` as the analyte; it comes from one, two"
    assert refused.candidates == ("one", "two")


@pytest.mark.parametrize(("word", "meant"), [("cocain", "cocaine"), ("Vallium", "diazepam"), ("heroine", "heroin")])
def test_a_misspelt_name_or_synonym_is_asked_about_by_its_substance(word: str, meant: str) -> None:
    refused = refusal(lambda: ketref.detect(word, matrix="urine"))
    assert refused.candidates[0] == meant
    assert f"did you mean `{meant}`" in refused.hint


@pytest.mark.parametrize(
    ("word", "called", "meant"),
    [
        ("crakk", "crack", "cocaine"),
        ("rcack", "crack", "cocaine"),
        ("crck", "crack", "cocaine"),
        ("xanyx", "xanax", "alprazolam"),
        ("valum", "valium", "diazepam"),
    ],
)
def test_one_slip_in_a_street_name_or_a_short_name_is_asked_about_by_name_and_substance(
    word: str, called: str, meant: str
) -> None:
    refused = refusal(lambda: ketref.detect(word, matrix="urine"))
    assert refused.candidates == (meant,)
    assert refused.hint.casefold() == f"did you mean `{called}`, which is `{meant}`?"


@pytest.mark.parametrize("word", ["stuf", "stufg"])
def test_a_slip_for_names_of_several_substances_is_asked_about_by_none(word: str) -> None:
    ours = book(substance("one", ("stuff", "there")), substance("two", ("stufa", "there")))
    assert "did you mean" not in refusal(lambda: ours.substance(word)).hint


@pytest.mark.parametrize("word", ["contin", "MS cntin", "liquid rapture", "crik", "weeb", "crackk pipe"])
def test_nothing_is_guessed_from_a_fragment_or_from_what_is_merely_alike(word: str) -> None:
    refused = refusal(lambda: ketref.detect(word, matrix="urine"))
    assert refused.hint == "`ketref show` lists the substances of the rule set"


def test_of_names_of_several_drugs_that_share_nothing_none_is_guessed() -> None:
    def named(name: str, other: str) -> str:
        return substance(name, synonyms=f'"{other}"').replace('[[yields]]\nanalyte = "shared"\nsource = "a-page"\n', "")

    apart = book(named("one", "alphadrin"), named("two", "alphadran"))
    together = book(substance("one", synonyms='"alphadrin"'), substance("two", synonyms='"alphadran"'))
    assert "did you mean" not in refusal(lambda: apart.substance("alphadrn")).hint
    assert "did you mean `" in refusal(lambda: together.substance("alphadrn")).hint


def test_what_is_like_no_name_is_told_where_names_stand() -> None:
    refused = refusal(lambda: ketref.detect("qqqqq", matrix="urine"))
    assert refused.hint == "`ketref show` lists the substances of the rule set"


def test_a_question_about_an_analyte_is_told_how_it_is_asked() -> None:
    refused = refusal(lambda: ketref.detect("benzoylecgonine", matrix="urine"))
    assert "not a substance but an analyte" in str(refused)
    assert "beside it `benzoylecgonine` as the analyte; it comes from" in refused.hint
    assert "cocaine" in refused.candidates


def test_the_shipped_street_names_that_mean_one_substance_are_understood() -> None:
    names = shipped().names
    single = {
        word: next(iter(of)) for word, of in names.street.items() if len({*of, *names.names.get(word, "").split()}) == 1
    }
    assert single
    assert {word: shipped().substance(word).id for word in single} == single


@pytest.mark.parametrize(("only", "refused"), [("one", True), ("two", True), ("ketamine", False)])
def test_a_dose_by_a_name_of_several_is_left_out_only_where_none_of_them_is_asked_for(only: str, refused: bool) -> None:
    streets = {f"{name}/substance.toml": substance(name, ("stuff", "here")) for name in ("one", "two")}
    ketamine = {"ketamine/substance.toml": substance("ketamine").replace('"shared"', '"norketamine"')}
    ours = load_texts({"edition.toml": HEAD, "terms.toml": TERMS, "sources.toml": SOURCES, **streets, **ketamine})
    doses = [{"substance": "stuff", "start": "2026-03-01T12:00Z"}, {"substance": only, "start": "2026-03-02T12:00Z"}]
    if refused:
        assert "means several substances" in str(
            refusal(lambda: ketref.history(doses, at="2026-03-03Z", only=only, rules=ours))
        )
    else:
        assert ketref.history(doses, at="2026-03-03Z", only=only, rules=ours)


def test_a_class_of_analytes_finds_what_was_taken_and_does_not_come_from_it(run) -> None:
    ran = run("detect", "oxycodones", "--matrix", "urine", "--since", "4 h")
    assert "it finds what is left of naloxone" in " ".join(ran.err.split())
    shown = run("show", "analyte", "oxycodones").out
    assert ("Finds:" in shown, "Comes from:" in shown) == (True, False)
