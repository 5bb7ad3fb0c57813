"""How is any answer, or all windows of a substance, asked for as a picture?"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, cast

from ketref import places
from ketref.answers.detect import DetectAnswer, SpecimensAnswer, detect
from ketref.answers.effects import EffectsAnswer
from ketref.book.loading import Rules
from ketref.errors import UsageError
from ketref.extras import needing
from ketref.person.history import HistoryAnswer
from ketref.person.infer import InferAnswer
from ketref.person.modelled import ConcentrationAnswer
from ketref.pictures.charts import Chart
from ketref.pictures.curves import Curves, chart_of_concentration
from ketref.pictures.doses import chart_of_effects, chart_of_history
from ketref.pictures.results import chart_of_results
from ketref.pictures.windows import chart_of_specimens, chart_of_window

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes

    Plotted = DetectAnswer | SpecimensAnswer | EffectsAnswer | HistoryAnswer | InferAnswer | ConcentrationAnswer | str


def plot(
    what: Plotted, ax: Axes | None = None, *, to: str | os.PathLike[str] | None = None, rules: Rules = None
) -> Axes:
    """Draw an answer, or every window of the substance of a name, and return the Matplotlib axes.

    It is drawn into `ax` where that is given, else into a figure of its own: of pyplot, as a notebook shows it, or,
    where `to` names a file (.svg, .png, .pdf), of none. `rules` are those by which a name is asked, default the
    shipped ones.

    Raises UsageError where `what` is no answer and no substance, where `to` names no kind of picture, and where
    Matplotlib is missing.
    """
    chart = chart_of(detect(what, rules=rules) if isinstance(what, str) else what)
    from ketref.pictures import drawing, drawn_curves

    with needing("plot", "a picture needs"):
        from matplotlib.figure import Figure
    with drawing.look():
        make = Figure if to is not None else _shown
        if isinstance(chart, Curves):
            ax = drawn_curves.draw(chart, drawn_curves.figure_for(chart, make) if ax is None else ax)
        else:
            ax = drawing.draw(chart, drawing.figure_for(chart, make) if ax is None else ax)
        if to is not None:
            figure = cast("Figure", ax.get_figure(root=True))
            places.put(str(to), drawing.content(chart, figure, str(to)))
    return ax


def _shown(**how: Any) -> Any:
    from matplotlib import pyplot as plt

    return plt.figure(**how)


@singledispatch
def chart_of(answer: object) -> Chart | Curves:
    """What is drawn of an answer. Raises UsageError for anything else."""
    hint = "give what detect, effects, history, infer or concentration return, or the name of a substance"
    raise UsageError(f"a `{type(answer).__name__}` is not an answer that can be drawn", value=answer, hint=hint)


chart_of.register(DetectAnswer, chart_of_window)
chart_of.register(SpecimensAnswer, chart_of_specimens)
chart_of.register(EffectsAnswer, chart_of_effects)
chart_of.register(HistoryAnswer, chart_of_history)
chart_of.register(InferAnswer, chart_of_results)
chart_of.register(ConcentrationAnswer, chart_of_concentration)
