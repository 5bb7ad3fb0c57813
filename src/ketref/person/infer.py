"""What do test results say of the time of a dose, and do declared doses explain them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve

from ketref.answers.answer import Readable, identity
from ketref.answers.plausibility import implausible
from ketref.answers.question import Question, understand
from ketref.answers.targets import identifies
from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError
from ketref.model import times
from ketref.model.said import Amount, Length, Midnight, Moment, Order, Record, Zone
from ketref.model.vocabulary import UNKNOWN_PATTERN
from ketref.output.text import dated
from ketref.output.text import tested as told_test
from ketref.person.administrations import joined_notes
from ketref.person.cross_reactants import CrossReactant, Declaration
from ketref.person.deciders import Decider, deciders
from ketref.person.doses import Taken, ongoing_said, started, understood_doses
from ketref.person.intervals import Bearing, Interval, Times, bearings, tested
from ketref.person.phrases import Dating, Merged, either, merged, numbered, of_days, rule_forms, said_sources
from ketref.person.plausibility import of_doses, of_results
from ketref.person.prescribed import Prescription, doses_of
from ketref.person.regimens import Ongoing
from ketref.person.results import Result, facts_on_tests, opposites, sampled, understood_results
from ketref.person.timeline import lengths_assumed
from ketref.person.verdicts import NOT_EXPLAINED, Declared, Verdict

if TYPE_CHECKING:
    from ketref.answers.beside import Said
    from ketref.output import person_forms as forms
    from ketref.person.modelled_times import ByModels


_NO_PATTERN = "nothing about the pattern of use, so that the dose may be one of many"
_ON_FALSE_POSITIVES = ("false-positive", "cross-reactivity")


def infer(
    results: Iterable[Record],
    *,
    doses: Iterable[Record] | None = None,
    substance: str | None = None,
    pattern: str = "unknown",
    route: str | None = None,
    dose: Amount | None = None,
    weight: Amount | None = None,
    infusion: Length | None = None,
    known_since: Moment | None = None,
    only: str | Iterable[str] | None = None,
    ongoing: Ongoing | None = None,
    at: Moment | None = None,
    calculated: bool = False,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
) -> InferAnswer:
    """From test results of one person back to the dose: when may it have been, and do declared doses explain them?

    Each result is a mapping, or an object with such attributes: `matrix`, `time` and `outcome` (the words of reports; a
    `value` may decide in its place: a word, or a number beside its `cutoff`), and where known `time_latest`, `test`
    (what it is for), `analyte`, `method`, `cutoff`, `value`, `comparator`, `lod`, `loq`, `segment`, `panel` and `id`.
    `substance` is what may have been taken beside what is declared (if omitted: whatever the tests find; a test of
    which nothing is said is then for what is declared, if anything is), and results of tests that do not find it say
    nothing;
    `pattern` the pattern of use (default: not known, so that what remains of chronic use is never called new use);
    `route`, `dose`, `weight` and `infusion` say how the one dose in question was taken. `doses` are those declared, as
    in `history`: what was taken before their first row (be it one that is left out) is not known, unless `known_since`
    says since when it is; `only` and `ongoing` are as there. Further tests are thought of from `at` on (default: the
    time of the last result). `tz`, `dates` and `midnight` say how times are written, as in `history`. `calculated`
    tells beside each result what pharmacokinetic models say after the declared doses, and leaves out of `intervals`
    the times that models of the dose in question do not agree with; no verdict uses it.

    Raises UsageError where something is not understood; it lists every result, or every dose, that is not.
    """
    book = chosen(rules)
    notes: list[str] = []
    notation = times.notation(tz, dates, midnight)
    known = None if doses is None else understood_doses(book, doses, only, ongoing, notation)
    given = list(dict.fromkeys(one.substance for one in (known.rows if known else ())))
    if known and not given and substance is None:
        given = list(known.left_named)
    found = understood_results(book, results, substance, given, notes, notation)
    taken: dict[str, Any] = {"pattern": pattern, "route": route, "dose": dose, "weight": weight, "infusion": infusion}
    asked_of = [None if one is None else times.instant(one, notation) for one in (known_since, at)]
    return concluded(book, found, known, substance, taken, asked_of, notes, calculated=calculated)


def concluded(
    book: Book,
    found: list[Result],
    known: Taken | None,
    substance: str | None,
    taken: Mapping[str, Any],
    asked_of: Sequence[times.Instant | None],
    notes: list[str],
    prescribed: Sequence[Prescription] = (),
    calculated: bool = False,
    measured: Sequence[times.Instant] = (),
) -> InferAnswer:
    """What results say of doses, once both are understood; of what is `prescribed` they say it too.

    `taken` is what is said of the one dose in question, `asked_of` since when the doses are known and from when on
    further tests are thought of. Where there is no result, the specimens were when something of them was `measured`.
    Raises UsageError where moments do not compare, and where there is neither.
    """
    sampled_at = [result.time for result in found] or list(measured)
    if not sampled_at:
        raise UsageError("there are no results", hint="give one at least")
    said = [moment for one in prescribed for moment in one.moments]
    clocked = iter(
        times.on_one_clock(
            [
                *sampled_at,
                *(one.start for one in (known.rows if known else ())),
                *(one for one in asked_of if one is not None),
                *said,
            ]
        )
    )
    sampled_at = list(islice(clocked, len(sampled_at)))
    found = sampled(found, sampled_at) if found else found
    if known is not None:
        known = evolve(known, rows=started(known.rows, islice(clocked, len(known.rows))))
    rows = known.rows if known else []
    since, asked_at = (None if one is None else next(clocked) for one in asked_of)
    last = max(sampled_at, key=lambda time: time.high)
    now = asked_at or last
    left = _placed(known.left if known else (), last.naive)
    others = [
        Declaration(one.name, one.number, next((moment.low for moment in _placed([one.start], last.naive)), None))
        for one in (known.others if known else ())
    ]
    if since is None and known is not None and known.left and not (rows or left):
        since = evolve(last, low=last.high)  # a record that begins nobody knows when
    stood_for = doses_of(book, prescribed, [next(clocked) for _ in said], sampled_at, len(rows))
    names = list(dict.fromkeys(name for result in found for name in result.substances))
    dated = [name for name in names if substance is None or name == book.substance(substance).id]
    asked = [understand(book, name, **taken) for name in names or list(book.folders)[:1]]
    moments = [time.high for time in sampled_at]
    undeclared = known is None and since is None and not stood_for
    declared = None if undeclared else Declared(book, names, rows, since, moments, left, others, stood_for)
    notes += known.notes if known else ()
    pattern = asked[0].pattern
    return InferAnswer(book, found, asked if names else [], dated, pattern, declared, now, notes, calculated)


def _placed(starts: Sequence[times.Instant | None], zoneless: bool) -> list[times.Instant]:
    """Those starts that are known and can be placed on a clock with zones, or on one without."""
    known = (times.beside(start, zoneless) for start in starts if start is not None)
    return [start for start in known if start is not None]


class InferAnswer(Readable):
    """When one dose may have been taken by all results, whether there was one, and what declared doses explain."""

    _inner = frozenset(
        {"asked", "bearings", "declared", "decider_form", "found", "modelled", "times_of", "verdicts", "written_at"}
    )

    def __init__(
        self,
        book: Book,
        results: Sequence[Result],
        asked: Sequence[Question],
        dated: Sequence[str],
        pattern: str,
        declared: Declared | None,
        at: times.Instant,
        notes: Sequence[str] = (),
        calculated: bool = False,
    ) -> None:
        self.book = book
        self._calculates = calculated
        self.notes = [*notes, *(joined_notes(book, declared.doses, at.high) if declared else ())]
        """What of the doses and results was left out, not read, not known or joined, in sentences."""
        self.at = at
        self.pattern = pattern
        self.declared = declared
        self._dating = Dating(book, at.zone)
        self._results = results
        self._asked = {dose.substance: dose for dose in asked}
        self._bearings = {
            name: [bearing for result in results for bearing in bearings(book, result, dose)]
            for name, dose in self._asked.items()
        }
        self._times = {name: Times(self._bearings[name]) for name in dated}

    @property
    def bearings(self) -> Mapping[str, Sequence[Bearing]]:
        """What the results say of a dose of each substance."""
        return self._bearings

    @property
    def times_of(self) -> Mapping[str, Times]:
        """The times of one dose of each substance, as each result has them."""
        return self._times

    @property
    def asked(self) -> Mapping[str, Question]:
        """The dose of each substance of which all but the time is known."""
        return self._asked

    @property
    def found(self) -> Sequence[Result]:
        """The results as understood."""
        return self._results

    @property
    def verdicts(self) -> Mapping[int, Verdict]:
        """What the declared doses make of each result that speaks of one, by its number."""
        return self._verdicts

    @property
    def written_at(self) -> str:
        """The moment from which on further tests are thought of."""
        return self.at.text if self.at.low != self.at.high else self._dating.written(self.at.low)

    # ------------------------------------------------------------ one dose

    @cached_property
    def intervals(self) -> list[forms.IntervalForm]:
        """The times at which one dose agrees with all results, in their order; where it is asked for, by models too."""
        return [self._dating.interval(*one) for one in self._intervals]

    @cached_property
    def _intervals(self) -> Merged:
        times = {**self._times, **self._narrowed}
        return merged((name, one) for name, found in times.items() for one in found.intervals())

    @cached_property
    def _by_models(self) -> Mapping[str, tuple[list[ByModels], list[str]]]:
        """What models say of a dose of each substance, and why others do not; nothing where that is not asked."""
        if not self._calculates:
            return {}
        from ketref.person.modelled_times import by_models

        return {name: by_models(self.book, self._bearings[name]) for name in self._times}

    @cached_property
    def _narrowed(self) -> Mapping[str, Times]:
        """The times of each substance of which models leave fewer than rules do, and any at all."""
        of_each = {name: found for name, (found, _) in self._by_models.items() if found}
        by_both = {name: Times([*self._bearings[name], *found]) for name, found in of_each.items()}
        return {name: found for name, found in by_both.items() if found.intervals()}

    def _calculated_too(self) -> Iterator[str]:
        """That intervals are narrowed by models, or that these leave none, in sentences."""
        for name, (found, _) in self._by_models.items():
            models = ", ".join(dict.fromkeys(model for one in found for model in one.models))
            if name in self._narrowed:
                yield self._dating.say("calculated_too", models=models)
            elif found and not self._times[name].conflict:
                yield self._dating.say("calculated_conflict", models=models, substances=name)

    @cached_property
    def conflicts(self) -> list[forms.ConflictForm]:
        """Opposite results of one test; and where no time is left, the smallest set of results that leave none."""
        opposite: list[forms.ConflictForm] = [
            {"substances": names, "results": numbers, "says": self._dating.say("opposite", results=numbered(numbers))}
            for names, numbers in opposites(self._results)
        ]
        by_results: dict[tuple[int, ...], list[str]] = {}
        for name, found in self._times.items():
            if found.conflict:
                by_results.setdefault(tuple(found.conflict), []).append(name)
        return opposite + [
            {
                "substances": names,
                "results": list(numbers),
                "says": self._dating.say("conflict", substances=either(names), results=numbered(numbers)),
            }
            for numbers, names in by_results.items()
        ]

    # ------------------------------------------------------------ no dose

    @cached_property
    def no_dose(self) -> forms.NoDoseForm:
        """Whether no dose at all agrees with the results: no positive, or none that identifies the analyte."""
        positive = [result for result in self._results if result.positive and result.substances]
        identified = [result for result in positive if identifies(self.book, result.method)]
        unsaid = [result for result in positive if result.method is None]
        screens = [result for result in positive if result not in [*identified, *unsaid]]
        why = [("identified", identified)] if identified else [("not_identified", screens), ("method_unsaid", unsaid)]
        known = (
            {}
            if identified
            else {
                fact.id: fact
                for name in dict.fromkeys(name for result in positive for name in result.substances)
                for fact in facts_on_tests(self.book, name, _ON_FALSE_POSITIVES)
            }
        )
        return {
            "consistent": not identified,
            "why": [
                self._dating.say(template, results=numbered([result.number for result in found]))
                for template, found in why
                if found
            ]
            or [self._dating.say("no_positive")],
            "false_positives": [
                {
                    "id": fact.id,
                    "topic": fact.topic,
                    "says": fact.says,
                    "sources": said_sources(self.book, fact.evidence),
                }
                for fact in known.values()
            ],
        }

    # ------------------------------------------------------------ declared doses

    @cached_property
    def _verdicts(self) -> dict[int, Verdict]:
        if self.declared is None:
            return {}
        said = {
            result.number: [b for found in self._bearings.values() for b in found if b.result is result]
            for result in self._results
        }
        return {number: self.declared.verdict(found) for number, found in said.items() if found}

    @cached_property
    def results(self) -> list[forms.ResultForm]:
        """Every result as understood, with a verdict where doses are declared or it says nothing."""
        found = [self._result(result) for result in self._results]
        for form, calculated in zip(found, self._calculated, strict=bool(self._calculated)):
            form["calculated"] = calculated[0]
        return found

    @cached_property
    def _calculated(self) -> list[Said]:
        """What models say of each result after the declared doses, and why others do not; nothing where not asked."""
        return [self._calculated_of(result) for result in self._results] if self._calculates else []

    @property
    def modelled(self) -> list[str]:
        """The declared substances of which models give a concentration of what was tested."""
        from ketref.answers.models import modelled

        doses = [row.question for row in self.declared.rows] if self.declared else ()
        return modelled(self.book, doses, [(one.matrix, one.covers) for one in self._results if not one.silent])

    def _calculated_of(self, result: Result) -> Said:
        from ketref.answers.beside import nothing
        from ketref.person.calculated import beside

        if self.declared is None or result.silent:
            return nothing("nothing is calculated where no doses are declared, or a result says nothing")
        about = next((one for of in self._bearings.values() for one in of if one.result is result), None)
        test = tested(next(iter(self._asked.values())), result, about.said.cutoff if about else result.cutoff)
        return beside(self.book, self.declared.rows, result.time, test, result.covers)

    def _result(self, result: Result) -> forms.ResultForm:
        found = self._verdicts.get(result.number)
        undeclared = self._undeclared(result, found)
        return {
            "number": result.number,
            "id": result.id,
            "time": result.time.text if result.time.low != result.time.high else self._dating.written(result.time.low),
            "outcome": result.outcome,
            "matrix": result.matrix,
            "segment": _text(result.segment),
            "test": result.test,
            "analyte": result.analyte,
            "method": result.method,
            "cutoff": _text(result.cutoff),
            "value": result.found.value,
            "lod": _text(result.found.lod),
            "loq": _text(result.found.loq),
            "panel": result.panel,
            "substances": list(result.substances),
            "excludes": any(found.excluded.get(result.number) for found in self._times.values()),
            "verdict": "says_nothing" if result.silent else cast("Any", found.verdict) if found else None,
            "declared": cast("Any", found.declared) if found else None,
            "status": found.governing.status if found else None,
            "substance": found.substance if found else None,
            "dose": found.dose if found else None,
            "pattern": found.governing.pattern if found else None,
            "supposed": bool(found and found.governing.supposed),
            "rule": found.rule if found else None,
            "says": self._silence(result) if result.silent else self._said(found, undeclared) if found else None,
            "undeclared": undeclared,
            "cross_reactants": [self._cross_reactant(one) for one in self._crossing(result)],
        }

    def _undeclared(self, result: Result, found: Verdict | None) -> list[forms.IntervalForm]:
        """The times of one undeclared dose that would explain a positive and contradict no negative."""
        if found is None or not found.bearing.positive or not (found.crossed or found.verdict == NOT_EXPLAINED):
            return []
        counting = [result.number, *(other.number for other in self._results if not other.positive)]
        return [
            self._dating.interval(*one)
            for one in merged(
                (name, one)
                for name in result.substances
                if name in self._times
                for one in self._times[name].intervals(counting)
            )
        ]

    def _silence(self, result: Result) -> str:
        number, panel = str(result.number), result.panel or ""
        if result.silent in {"outcome", "limit"}:
            return self._dating.say(f"{result.silent}_silent", result=number, word=result.reported)
        if result.silent == "specimen":
            return self._dating.say("specimen_silent", result=number)
        if result.silent == "other":
            return self._dating.say("other_test", result=number, test=result.test or result.analyte)
        if result.silent == "analyte":
            return self._dating.say("analyte_of_none", result=number, analyte=result.analyte)
        if result.silent == "unlisted":
            return self._dating.say("panel_unlisted", result=number, panel=panel)
        return self._dating.say("panel_without", result=number, panel=panel, rule=result.fact or "")

    def _said(self, found: Verdict, undeclared: list[forms.IntervalForm]) -> str:
        """A verdict in words, and what else is known of the declared doses in such a test.

        Where it does not cover a dose in full that is what it may find of it; and which of them make screens positive.
        """
        crossing = [
            self._dating.say(
                "cross_reactant",
                result=str(found.bearing.result.number),
                dose=str(one.dose),
                drug=one.name,
                rules=", ".join(said.id for said in one.said),
                sources=", ".join(dict.fromkeys(entry.source for said in one.said for entry in said.evidence)),
            )
            for one in self._crossing(found.bearing.result)
        ]
        return " ".join([self._finding(found, undeclared), *self._shared(found), *crossing])

    def _crossing(self, result: Result) -> Sequence[CrossReactant]:
        return () if self.declared is None or result.silent else self.declared.cross_reactants(result)

    def _cross_reactant(self, one: CrossReactant) -> forms.CrossReactantForm:
        return {
            "name": one.name,
            "dose": one.dose,
            "says": [
                {
                    "id": said.id,
                    "assay": said.assay,
                    "cause": said.cause,
                    "says": said.says,
                    "sources": said_sources(self.book, said.evidence),
                }
                for said in one.said
            ],
        }

    def _shared(self, found: Verdict) -> list[str]:
        """What a test finds of the dose that governs, where it does not cover it in full."""
        lesser = found.bearing.result.covers[found.substance].lesser
        if found.dose is None or not lesser:
            return []
        roles = self.book.roles(found.substance)
        as_roles = [f"{one} as an impurity" if roles[one] == "impurity" else one for one in lesser]
        dose, analytes = str(found.dose), ", ".join(as_roles)
        return [self._dating.say("shares_alone", dose=dose, substance=found.substance, analytes=analytes)]

    def _finding(self, found: Verdict, undeclared: list[forms.IntervalForm]) -> str:
        """A verdict in words."""
        values = {"result": str(found.bearing.result.number), "rule": found.rule or "no rule"}
        outcome = "positive" if found.bearing.positive else "negative"
        if found.is_open and self.declared and self.declared.known_since:
            values["rule"] = found.rule or "none by then"
            return self._dating.say(f"{outcome}_open", since=self.declared.known_since.text, **values)
        if found.unruled:
            return self._dating.say("dose_unruled", dose=str(found.dose), substance=found.substance, **values)
        if found.crossed:
            values["times"] = self._dating.phrase(undeclared)
            return self._dating.say("positive_crossed" if undeclared else "positive_crossed_alone", **values)
        if found.verdict == "unknown":
            return self._dating.say("rules_silent", result=values["result"])
        outcome = "positive" if found.bearing.result.positive else "negative"
        residual = found.verdict == "possible" and found.governing.supposed
        if not residual and found.dose is not None:
            named = self.declared.called(found.dose) if self.declared else ""
            values["dose"] = f"{named} as {found.governing.pattern} use"
        if found.bearing.said != found.bearing.result.said[0]:
            return self._dating.say("value_not_explained", **{"dose": "any of them", **values})
        if found.verdict == NOT_EXPLAINED and outcome == "positive":
            values["times"] = self._dating.phrase(undeclared)
            return self._dating.say("positive_not_explained" if undeclared else "positive_by_no_dose", **values)
        return self._dating.say(f"{outcome}_{'residual' if residual else found.verdict}", **values)

    # ------------------------------------------------------------ what would decide

    @cached_property
    def deciders(self) -> list[forms.DeciderForm]:
        """For each interval the further tests of most use."""
        found: dict[tuple[object, ...], tuple[int, list[str], Decider]] = {}
        for number, (names, interval) in enumerate(self._intervals, 1):
            for name in names:
                for one in deciders(self.book, self._asked[name], interval, self.at.high):
                    found.setdefault((number, one.positive, *one.rank, *one.end.rules), (number, [], one))[1].append(
                        name
                    )
        forms = (
            self.decider_form(names, self._intervals[number - 1][1], one, number)
            for number, names, one in found.values()
        )
        return [form for form in forms if form is not None]

    def decider_form(
        self, names: list[str], interval: Interval, one: Decider, number: int = 0
    ) -> forms.DeciderForm | None:
        """The form of a further test on an interval, which has a number among those of the answer.

        None where what is left to sample it, in whole minutes or days, is nothing.
        """
        by_the_day = of_days(one.end)
        first, last = self._dating.sampled(one.begin, one.until, by_the_day)
        if last is not None and last <= first:
            return None
        begin, end = self._dating.written(first), None if last is None else self._dating.written(last)
        begin_unit: forms.Unit = "day" if by_the_day and end is None else "minute"
        end_unit: forms.Unit = "day" if by_the_day else "minute"
        test = one.question
        left = self._dating.phrase([self._dating.interval(names, interval)])
        values = {"test": _test(test), "begin": dated(begin, begin_unit), "times": left}
        ending = {} if end is None else {"end": dated(end, end_unit)}
        template = "positive_decides" if one.positive else "negative_decides"
        return {
            "substances": names,
            "interval": number,
            "outcome": "positive" if one.positive else "negative",
            "matrix": str(test.matrix),
            "analyte": str(test.analyte),
            "method": test.method,
            "cutoff": None if test.cutoff is None else str(test.cutoff),
            "begin": begin,
            "begin_unit": begin_unit,
            "end": end,
            "end_unit": None if end is None else end_unit,
            "rule": one.end.rules[0],
            "says": self._dating.say(template, **values, **ending, rule=one.end.rules[0]),
        }

    # ------------------------------------------------------------ in words

    @cached_property
    def conclusions(self) -> list[str]:
        """What the results say, in sentences."""
        if not self._times:
            return [self._dating.say("nothing_said"), *self.no_dose["why"]]
        by_times: dict[tuple[str, str], list[str]] = {}
        for name in self._times:
            own = [form for form in self.intervals if name in form["substances"]]
            if own:
                by_times.setdefault((self._template(name), self._dating.phrase(own)), []).append(name)
        dated = [
            self._dating.say(template, substances=either(names), times=phrase)
            for (template, phrase), names in by_times.items()
        ]
        undecided = [] if self.deciders or not self.intervals else [self._dating.say("nothing_decides")]
        by_models = dict.fromkeys(self._calculated_too())
        return [*self.no_dose["why"], *dated, *by_models, *(form["says"] for form in self.conflicts), *undecided]

    def _template(self, name: str) -> str:
        if not any(self._times[name].excluded.values()):
            return "any_time"
        return "one_dose" if any(bearing.positive for bearing in self._times[name].bearings) else "one_dose_if_any"

    # ------------------------------------------------------------ the whole

    @property
    def rules(self) -> list[forms.RuleForm]:
        """Every rule that the answer names, with its sources."""
        shown = [*self.intervals, *(form for result in self.results for form in result["undeclared"])]
        named = {rule for form in shown for rule in (form["from_rule"], form["until_rule"]) if rule}
        named |= {form["rule"] for form in self.results if form["rule"]} | {form["rule"] for form in self.deciders}
        grown = [result.segment.growth for result in self._results if result.segment]
        ruled = [ranked.rule for name in self._asked for ranked in self.book.ranked(name, "windows")]
        return rule_forms(self.book, named, {rule.id: rule for rule in (*grown, *ruled)})

    @cached_property
    def warnings(self) -> list[str]:
        """What in the results and doses lies far outside all that the book speaks of, or cannot have been yet."""
        rows, doses = (self.declared.rows, self.declared.doses) if self.declared else ((), ())
        of_one = [implausible(self.book, dose) for dose in self._asked.values()]
        return [
            *(of_one[0] if of_one and all(of_one) else ()),
            *of_doses(rows, self.book),
            *of_results(self._results, doses, self.at, self.book),
            *dict.fromkeys(why for _, whys in (*self._calculated, *self._by_models.values()) for why in whys),
        ]

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        found = [_NO_PATTERN if self.pattern == UNKNOWN_PATTERN else f"{self.pattern} use"]
        lenders = {name: self.book.record_of(name).windows_of for name in self._asked}
        found += [f"{name} is detectable as {lender} is" for name, lender in lenders.items() if lender]
        if self.declared and self.declared.known_since:
            since = self.declared.known_since.text
            why = "" if self.declared.said else ", where the declared rows begin"
            found.append(f"nothing is known before {since}{why}: any dose may have been taken before it")
        elif self.declared and not self.declared.doses:
            found.append("no dose was taken")
        rows = self.declared.rows if self.declared else []
        found += ongoing_said(rows)
        governing = (one.placed for found in self._verdicts.values() for one in (found.governing, found.known))
        found += lengths_assumed(placed for placed in governing if placed)
        if self.at.naive:
            found.append(times.ONE_PLACE)
            if told := self._by_the_clocks():
                found.append(times.CLOCKS_MATTER.format(f"what the declared doses make of {numbered(told)}"))
        asked = [*self._asked.values(), *(row.question for row in rows)]
        read_as = [*(result.found.read_as for result in self._results), *(question.read_as for question in asked)]
        found += dict.fromkeys(text for texts in read_as for text in texts)
        found += dict.fromkeys(text for question in asked for text in question.assumes)
        moments = [self.at, *(result.time for result in self._results)]
        if self.declared:
            moments += [*(dose.start for dose in self.declared.doses), *filter(None, [self.declared.known_since])]
        return [*found, *times.assumed(moments)]

    def _by_the_clocks(self) -> list[int]:
        """The results of which the declared doses would make something else an hour before or after."""
        declared = self.declared
        if declared is None:
            return []
        found = [one for of_one in self._bearings.values() for one in of_one if declared.by_the_clocks(one)]
        return sorted({bearing.result.number for bearing in found})

    def to_dict(self) -> forms.InferForm:
        """The JSON form `ketref.infer/1`."""
        return {
            "schema": "ketref.infer/1",
            "at": self.written_at,
            "pattern": self.pattern,
            "warnings": self.warnings,
            "substances": list(self._times),
            "known_since": self.declared.known_since.text if self.declared and self.declared.known_since else None,
            "conclusions": self.conclusions,
            "intervals": self.intervals,
            "conflicts": self.conflicts,
            "no_dose": self.no_dose,
            "results": self.results,
            "deciders": self.deciders,
            "rules": self.rules,
            "notes": self.notes,
            "assumes": self.assumes,
            **identity(self.book),
        }

    def __repr__(self) -> str:
        results, found = len(self._results), len(self.intervals)
        return f"<InferAnswer of {results} result{'s' * (results != 1)}: {found} interval{'s' * (found != 1)}>"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _test(test: Question) -> str:
    """A test as the subject of a sentence."""
    return told_test(test.to_dict(), matrix="{}", analyte=" for {}", method=" by {}", cutoff=" at {}")
