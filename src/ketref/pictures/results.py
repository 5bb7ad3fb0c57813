"""What is drawn of test results: when may one dose have been taken, and which result sets each end of that?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketref.model.vocabulary import ANY
from ketref.pictures.charts import Chart, Lane, Mark, Stretch
from ketref.pictures.clocks import Clock, seconds
from ketref.pictures.words import edition_line, source_list

if TYPE_CHECKING:
    from ketref.book.loading import Book
    from ketref.person.infer import InferAnswer

_SIGNS: dict[str, Any] = {"positive": "positive", "negative": "negative", "says_nothing": "nothing"}


def chart_of_results(answer: InferAnswer) -> Chart:
    """The results, and the times at which one dose agrees with all of them."""
    form = answer.to_dict()
    clock = Clock(answer.at.zone)
    lanes = [Lane("results", head=True)]
    for result in form["results"]:
        at = seconds(result["time"])
        tested = result["test"] if result["analyte"] == ANY else result["analyte"]
        name = f"{result['number']}: {tested or ''} {result['matrix']}"
        lanes.append(Lane(" ".join(name.split()), marks=(Mark(at, _SIGNS[result["outcome"]]),)))
    lanes.append(Lane("one dose agrees", head=True))
    for one in form["intervals"]:
        begin, end = (None if at is None else seconds(at) for at in (one["from"], one["until"]))
        ends = "; ".join(filter(None, (_end(answer.book, "from", one), _end(answer.book, "until", one))))
        lanes.append(Lane(" or ".join(one["substances"]), (Stretch(begin, end, sure=True),), note=ends))
    if not form["intervals"]:
        lanes.append(Lane("no time", note="; ".join(c["says"] for c in form["conflicts"]) or form["conclusions"][0]))
    said = [f"{source['source']} {source['grade']}" for rule in form["rules"] for source in rule["sources"]]
    return Chart(
        title="When may one dose have been taken, by the results?",
        about=f"pattern of use {form['pattern']}",
        axis=clock.axis,
        lanes=tuple(lanes),
        sure="one dose would explain all results",
        possible="",
        foot=(source_list(said), edition_line(answer.book)),
        written=clock.written,
        clock=clock.tick,
    )


def _end(book: Book, which: str, one: Any) -> str:
    if one[f"{which}_result"] is None:
        return f"{which}: open"
    rule = one[f"{which}_rule"]
    sampling = book.wording.bound_sample.format(result=one[f"{which}_result"])
    by = f"rule {rule}" if rule else "its sampling" if one[f"{which}_says"] == sampling else "models, calculated"
    return f"{which} {one[which][:10]}: result {one[f'{which}_result']}, {by}"
