"""How is a chart drawn, what is in the file of it, and what does the command line write?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from attrs import evolve
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import ketref
from ketref.pictures import drawing
from ketref.pictures.charts import Lane, Stretch, Thread
from ketref.pictures.plot import chart_of

mpl.use("agg")
DOSES = "substance,route,dose,start\nesketamine,nasal,84 mg,2026-03-01T14:20+01:00\n"
RESULTS = "matrix,time,outcome,test\nurine,2026-03-01T08:00+01:00,positive,ketamine\n"
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: Path) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.parse(svg).getroot().iter(f"{SVG}text")]  # noqa: S314


def test_a_picture_tells_its_title_its_edition_and_itself_in_words(tmp_path: Path) -> None:
    answer = ketref.detect("ketamine", matrix="urine", since="36 h")
    ketref.plot(answer, to=tmp_path / "window.svg")
    root = ElementTree.parse(tmp_path / "window.svg").getroot()  # noqa: S314
    title, desc = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert desc is not None
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert title.text == "ketamine in urine: when is a test positive?"
    assert "positive expected from 2 h until just over 24 h" in (desc.text or "")
    shown = " ".join(texts(tmp_path / "window.svg"))
    for word in (f"Edition {answer.book.edition}", "hoffman-pcp A", "asked: 36 h", "positive possible", "30 d"):
        assert word in shown


def test_a_line_below_a_picture_parts_no_source_from_its_grade(tmp_path: Path) -> None:
    names = [f"a-source-{'x' * length} {grade}" for length, grade in zip(range(1, 16), "ABCD" * 4, strict=False)]
    for width in (2.0, 3.0, 4.6):
        lines = drawing.wrapped(f"Sources: {', '.join(names)}.", 7.0, width)
        assert " ".join(lines) == f"Sources: {', '.join(names)}."
        assert len(lines) > 2
        assert not [line for line in lines if line[0] in "ABCD" or line.endswith("-")]


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ({"substance": "ketamine", "matrix": "urine"}, {"positive expected", "positive possible"}),
        ({"substance": "ketamine", "matrix": "urine", "method": "gc-ms", "cutoff": "25 ng/mL"}, {"positive possible"}),
        ({"substance": "oxazepam", "matrix": "urine"}, set()),
    ],
)
def test_a_picture_names_what_is_drawn_and_nothing_else(question: dict[str, str], shown: set[str]) -> None:
    legend = ketref.plot(ketref.detect(**question), Figure().subplots()).get_legend()
    named = {text.get_text() for text in legend.get_texts()} if legend else set()
    assert named & {"positive expected", "positive possible"} == shown


@pytest.mark.parametrize("substance", ["ketamine", "oxazepam", "cannabis"])
def test_the_title_begins_where_the_longest_name_of_a_row_does(substance: str) -> None:
    chart = chart_of(ketref.detect(substance))
    with drawing.look():
        axes = drawing.draw(chart, drawing.figure_for(chart, Figure))
        figure = axes.get_figure(root=True)
        assert figure is not None
        FigureCanvasAgg(figure).draw()
        names = min(label.get_window_extent().x0 for label in axes.get_yticklabels() if label.get_text())
        title = next(text for text in axes.texts if text.get_text().startswith(substance))
        apart = title.get_window_extent().x0 - names
    assert abs(apart) < 4 * figure.dpi / 72, "four points"


def test_a_picture_of_the_same_answer_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        ketref.plot("ketamine", to=tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(("kind", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_each_kind_of_file_is_what_its_name_says(kind: str, magic: bytes, tmp_path: Path) -> None:
    ketref.plot("cocaine", to=tmp_path / f"x.{kind}")
    assert (tmp_path / f"x.{kind}").read_bytes().startswith(magic)


def test_what_a_book_says_stays_text(tmp_path: Path) -> None:
    """No text is markup, neither of SVG nor of Matplotlib."""
    hostile = "<b>$\\frac{1 & \\x</b>"
    chart = chart_of(ketref.detect("ketamine", matrix="urine"))
    lanes = (Lane(hostile, (Stretch(1, None, True),), (Thread(hostile, None, 9, (9,)),), note=hostile),)
    spoilt = evolve(chart, title=hostile, about=hostile, lanes=lanes, foot=(hostile,), sure=hostile)
    with drawing.look():
        axes = drawing.draw(spoilt, drawing.figure_for(spoilt, Figure))
        (tmp_path / "x.svg").write_bytes(drawing.content(spoilt, axes.figure, "x.svg"))
    assert texts(tmp_path / "x.svg").count(hostile) >= 4


def test_axes_that_are_given_are_drawn_into_and_returned() -> None:
    left, right = Figure(figsize=(10, 4)).subplots(1, 2)
    answer = ketref.detect("ketamine", matrix="urine")
    assert ketref.plot(answer, right) is right
    assert not left.has_data()
    assert next(label.get_text() for label in right.get_yticklabels()) == "urine"


def test_without_axes_a_figure_is_made() -> None:
    from matplotlib import pyplot as plt

    axes = ketref.plot("ketamine")
    assert plt.gcf() is axes.figure
    plt.close("all")


@pytest.mark.parametrize("what", ["ketamine", "cannabis", "cocaine"])
def test_nothing_is_drawn_beside_the_picture(what: str) -> None:
    chart = chart_of(ketref.detect(what))
    axes = drawing.draw(chart, drawing.figure_for(chart, Figure))
    figure = axes.figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    whole = figure.bbox
    for text in (*axes.texts, *axes.get_yticklabels(), *axes.get_xticklabels()):
        if text.get_text():
            box = text.get_window_extent(canvas.get_renderer())
            assert box.x0 > whole.x0 - 2, text
            assert box.x1 < whole.x1 + 2, text
            assert box.y0 > whole.y0 - 2, text


def test_sure_and_possible_differ_without_colour() -> None:
    axes = ketref.plot(ketref.detect("ketamine", matrix="urine"), Figure().subplots())
    looks = {bool(bar.get_hatch()) for bar in axes.patches}
    assert looks == {True, False}


@pytest.mark.parametrize(
    "words",
    [
        ["detect", "ketamine", "--matrix", "urine", "--since", "36 h"],
        ["detect", "ketamine", "--matrix", "urine", "--since", "36 h", "--flips"],
        ["detect", "ketamine"],
        ["effects", "esketamine", "--route", "nasal"],
        ["history", "doses.csv", "--at", "2026-03-01T15:00+01:00"],
        ["infer", "results.csv"],
    ],
)
def test_the_flag_draws_and_the_answer_is_the_same(words, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "doses.csv").write_text(DOSES)
    (tmp_path / "results.csv").write_text(RESULTS)
    without = run(*words, "--format=json")
    ran = run(*words, "--format=json", "--plot", "x.svg")
    assert (ran.code, ran.out) == (0, without.out)
    assert texts(tmp_path / "x.svg")


def test_a_substance_is_drawn_into_a_file_of_its_name(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("plot", "Ketamine")
    assert (ran.code, ran.out) == (0, "wrote ketamine.svg\n")
    assert texts(tmp_path / "ketamine.svg")
    assert run("plot", "ketamine", "-o", "k.png").code == 0
    assert (tmp_path / "k.png").exists()


@pytest.mark.parametrize("name", ["x.txt", "x", "x.svg.gz"])
def test_a_name_of_no_picture_is_refused_before_anything_is_printed(name, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("detect", "ketamine", "--matrix", "urine", "--plot", name)
    assert (ran.code, ran.out) == (2, "")
    assert ".svg" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(run):
    ran = run("plot", "ketamine", "-o", "/nowhere/x.svg")
    assert (ran.code, ran.out) == (4, "")


def test_without_matplotlib_the_error_says_what_to_install(run, monkeypatch):
    for name in [*sys.modules]:
        if name.partition(".")[0] == "matplotlib":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = run("plot", "ketamine")
    assert ran.code == 2
    assert "matplotlib" in ran.err
    assert 'pip install ".[plot]"' in ran.err


def test_a_question_that_is_not_drawn_loads_no_matplotlib() -> None:
    code = (
        "import sys; from ketref.cli.main import main; main(['detect', 'ketamine']); print('matplotlib' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "False"
