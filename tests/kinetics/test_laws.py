"""Do concentrations keep the laws that any must keep?"""

from __future__ import annotations

import pytest

pytest.importorskip("scipy")

import numpy as np

from ketref.book.loading import Book, shipped
from ketref.kinetics import linear
from ketref.kinetics.course import Given, amounts, concentrations
from ketref.kinetics.persons import drawn, typical
from ketref.kinetics.summary import summarised
from ketref.model.kinetics import Model

HOURS = np.array([0.0, 0.2, 0.7, 1.5, 3.0, 8.0, 20.0, 45.0, 100.0])
LINEAR = [
    pytest.param(model, id=model.id)
    for folder in shipped().folders
    for model in shipped().models(folder)
    if all(flow.rate is not None for flow in model.flow)
]
IN_PROPORTION = [
    pytest.param(*parameter.values, id=parameter.id)
    for parameter in LINEAR
    for model in parameter.values
    if not any("dose" in part.fraction or part.amount for way in model.input for part in way.parts)
]


@pytest.mark.parametrize("model", LINEAR)
def test_doses_add_up_and_no_concentration_is_negative(model: Model) -> None:
    known = drawn(model, {}, 64)
    doses = [Given(at, 10.0 + at, way) for way in model.input for at in (0.0, 3.0)]
    together = concentrations(model, model.output[0], known, doses, HOURS)
    alone = sum(concentrations(model, model.output[0], known, [dose], HOURS) for dose in doses)
    assert together == pytest.approx(alone, rel=1e-6, abs=1e-9)
    assert (together >= 0).all()


@pytest.mark.parametrize("model", IN_PROPORTION)
def test_twice_the_dose_is_twice_the_concentration(model: Model) -> None:
    known = typical(model, {})
    for way in model.input:
        once, twice = (concentrations(model, model.output[0], known, [Given(0, d, way)], HOURS) for d in (10.0, 20.0))
        assert twice == pytest.approx(2 * once, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("model", IN_PROPORTION)
def test_mass_is_neither_made_nor_lost(model: Model) -> None:
    """All that is in the compartments, and all that left: what came in by then."""
    from attrs import evolve

    flows = tuple(evolve(flow, to="out") if flow.to is None else flow for flow in model.flow)
    closed = evolve(model, flow=flows, compartments=(*model.compartments, "out"))
    known = typical(closed, {})
    of = linear.system(closed, known)
    for way in model.input:
        given = [Given(0.0, 10.0, way)]
        held = sum(amounts(of, known, place, given, np.array([0.5, 2000.0])) for place in closed.compartments)
        from ketref.kinetics.course import comes_in

        came = sum(comes_in(given[0], part, known)[0][0] for part in way.parts)
        assert held[0, 1] == pytest.approx(came, rel=1e-6)
        assert held[0, 0] <= came * (1 + 1e-9)


@pytest.mark.parametrize("model", LINEAR)
def test_a_longer_infusion_never_has_a_higher_peak(model: Model) -> None:
    known = typical(model, {})
    fine = np.linspace(0.0, 30.0, 2000)
    for way in [way for way in model.input if way.infused]:
        peaks = [
            concentrations(model, model.output[0], known, [Given(0.0, 10.0, way, lasted)], fine).max()
            for lasted in (0.0, 0.5, 2.0, 6.0)
        ]
        assert peaks == sorted(peaks, reverse=True)


def test_rates_that_are_alike_to_the_last_digit_have_an_answer() -> None:
    from attrs import evolve

    model = next(model for model in shipped().models("amphetamine") if len(model.compartments) == 2)
    equal = evolve(model, flow=tuple(evolve(flow, rate="0.5/1[h]") for flow in model.flow))
    known = typical(equal, {})
    (found,) = amounts(linear.system(equal, known), known, "central", [Given(0.0, 1.0, _plain(equal))], np.array([2.0]))
    assert float(found[0]) == pytest.approx(0.5 * 2 * np.exp(-1), rel=1e-6)


def _plain(model: Model):
    from attrs import evolve

    way = model.input[0]
    return evolve(way, base=1.0, parts=tuple(evolve(part, lag=None, over=None, fraction="1") for part in way.parts))


@pytest.mark.parametrize("model", [LINEAR[0], LINEAR[-1]])
def test_a_higher_cutoff_is_passed_by_fewer_and_left_earlier(model: Model) -> None:
    dose = [Given(0.0, 100.0, model.input[0])]
    found = [summarised(model, model.output[0], dose, {}, [2.0], cutoff, 60.0) for cutoff in (1e-4, 1e-3, 1e-2, 1e-1)]
    shares = [one.above[0] for one in found if one.above is not None]
    assert shares == sorted(shares, reverse=True)
    for place in range(3):
        ends = [one.until[place] for one in found]
        assert ends == sorted(ends, reverse=True)


def test_the_same_question_has_the_same_answer_to_the_last_digit(book: Book) -> None:
    for model in (book.models("fentanyl")[0], book.models("buprenorphine")[0]):
        once, again = (drawn(model, {}) for _ in range(2))
        assert all((once[name] == again[name]).all() for name in once)


class TestWhatIsEmptiedEvenly:
    def _drinks(self, book: Book, grams: list[tuple[float, float]], hours: np.ndarray) -> np.ndarray:
        model = next(model for model in book.models("ethanol") if model.derive)
        known = typical(model, {"female": 0, "age": 40, "height": 175, "weight": 80})
        doses = [Given(at, 1000 * gram, model.input[0]) for at, gram in grams]
        return concentrations(model, model.output[0], known, doses, hours)[0]

    def test_it_is_as_small_steps_find_it(self, book: Book) -> None:
        model = next(model for model in book.models("ethanol") if model.derive)
        known = typical(model, {"female": 0, "age": 40, "height": 175, "weight": 80})
        beta, volume, ka = (float(known[name][0]) for name in ("beta", "volume", "ka"))
        drinks = [(0.0, 10.0), (4.0, 24.0), (4.5, 12.0)]
        step, left, gut, found = 0.0005, 0.0, 0.0, []
        hours = np.arange(0.0, 10.0, step)
        for hour in hours:
            gut += sum(1000 * gram for at, gram in drinks if abs(at - hour) < step / 2)
            found.append(left / volume)
            left = max(0.0, left + (ka * gut - beta * volume) * step)
            gut -= ka * gut * step
        assert self._drinks(book, drinks, hours[::500]) == pytest.approx(found[::500], abs=2.0)
        assert max(found) > 200

    def test_one_elimination_for_all_drinks(self, book: Book) -> None:
        hours = np.array([3.0])
        together = self._drinks(book, [(0.0, 20.0), (0.0, 20.0)], hours)
        assert together == pytest.approx(self._drinks(book, [(0.0, 40.0)], hours))
        assert together[0] > 2 * self._drinks(book, [(0.0, 20.0)], hours)[0]

    def test_sober_long_after_and_never_below_nothing(self, book: Book) -> None:
        found = self._drinks(book, [(0.0, 40.0)], np.linspace(0.0, 30.0, 200))
        assert (found >= 0).all()
        assert found[-1] == pytest.approx(0.0, abs=1e-6)
