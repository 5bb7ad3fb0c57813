"""What explains the results of a whole report, what fits what is prescribed, and what would decide?

The verdicts are those of `infer`; here they are asked of all substances that share analytes, together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from attrs import evolve

from ketref.answers.answer import Readable, identity
from ketref.answers.targets import identifies
from ketref.book.loading import Book, Rules, chosen
from ketref.errors import UsageError, close
from ketref.model import times
from ketref.model.said import Midnight, Moment, Order, Record, Zone
from ketref.model.vocabulary import ANY, UNKNOWN_PATTERN, fold
from ketref.output.interpret_text import interpret_csv
from ketref.person import expected, further
from ketref.person.doses import Taken, understood_doses
from ketref.person.explanations import Against, Explanation, by_name, cross_reactions, explanations, grade_of
from ketref.person.infer import InferAnswer, concluded
from ketref.person.phrases import either, numbered, rule_forms, said_sources
from ketref.person.prescribed import Prescription, understood_prescriptions
from ketref.person.regimens import Ongoing
from ketref.person.report import Report, Specimen, is_confirmed, is_finding, specimens, understood_report
from ketref.person.results import Result
from ketref.person.sets import MOST_SETS, one_of_each, smallest_sets
from ketref.person.statements import Statement, statements
from ketref.person.validity import Validated, undecided, validity, without_spoilt

if TYPE_CHECKING:
    from ketref.output import interpret_forms as forms
    from ketref.output.person_forms import ResultForm, RuleForm


def interpret(
    results: Iterable[Record],
    *,
    doses: Iterable[Record] | None = None,
    prescribed: Iterable[str | Record] | None = None,
    pattern: str = UNKNOWN_PATTERN,
    known_since: Moment | None = None,
    ongoing: Ongoing | None = None,
    at: Moment | None = None,
    calculated: bool = False,
    tz: Zone | None = None,
    dates: Order | None = None,
    midnight: Midnight | None = None,
    rules: Rules = None,
) -> InterpretAnswer:
    """From a whole report of one person back to what explains it: which substances, and what is declared or prescribed?

    Each result is a mapping, or an object with such attributes, as in `infer`; a report in which no row has a `time` is
    of specimens taken `at` that moment, or at any. A row whose analyte is a measure of the specimen (creatinine,
    specific gravity, pH ...) has a `value`, and tells whether the specimen is one. `doses` are those declared, as in
    `history`, `known_since` since when they are known; `prescribed` are regimens without exact times, "oxycodone 10 mg
    oral QID", where known with "last taken 2026-11-27 08:00" and "since 2026-01-01", or mappings with `substance`,
    `dose`, `route`, `frequency`, `last` and `since`. `pattern` is the pattern of use (default: not known). Further
    tests are thought of from `at` on (default: the time of the last result). `calculated` tells beside each result what
    pharmacokinetic models say after the declared doses; nothing else of the answer uses it. The rest is as in `infer`.

    Raises UsageError where something is not understood; it lists every result, or every dose, that is not.
    """
    book = chosen(rules)
    notation = times.notation(tz, dates, midnight)
    known = None if doses is None else understood_doses(book, doses, None, ongoing, notation)
    regimens = understood_prescriptions(book, prescribed or (), notation)
    named = [row.substance for row in (known.rows if known else ())]
    taken = list(dict.fromkeys([*named, *(one.substance for one in regimens if one.substance)]))
    report = understood_report(book, results, taken, at, notation)
    if not report.timed and ((known and known.rows) or any(one.moments for one in regimens)):
        raise UsageError(
            "`time` is missing: when was the sample taken?", hint="without it no dose is before or after", column="time"
        )
    asked_of = [None if one is None else times.instant(one, notation) for one in (known_since, at)]
    return answered(book, report, known, regimens, pattern, asked_of, calculated)


def answered(
    book: Book,
    report: Report,
    known: Taken | None,
    regimens: Sequence[Prescription],
    pattern: str,
    asked_of: Sequence[times.Instant | None],
    calculated: bool = False,
) -> InterpretAnswer:
    """The reading of a report, once all of it is understood; a negative of a spoilt specimen says nothing."""
    taken_of = specimens(report.results, report.measures)
    valid = validity(book, taken_of)
    spoilt = {number for one in valid if one.spoils for number in one.results}
    results = without_spoilt(report.results, spoilt)
    said, notes = {"pattern": pattern}, list(report.notes)
    measured = [one.time for one in report.measures]
    reading = concluded(book, results, known, None, said, asked_of, notes, regimens, calculated, measured)
    covered = {one.number: one.substances for one in report.results}
    return InterpretAnswer(reading, specimens(reading.found, report.measures), valid, regimens, report.timed, covered)


class InterpretAnswer(Readable):
    """What explains the results of a report, which sets of substances do, and what is prescribed and was not found."""

    _inner = frozenset(
        {"declared", "exceeded", "explained_by", "modelled", "named", "reading", "say", "specimens", "verdict"}
    )

    def __init__(
        self,
        reading: InferAnswer,
        specimens: Sequence[Specimen],
        valid: Sequence[Validated],
        prescribed: Sequence[Prescription],
        timed: bool,
        covered: Mapping[int, Sequence[str]],
    ) -> None:
        self.book = reading.book
        self.reading = reading
        self.specimens = specimens
        self._valid = valid
        self._prescribed = prescribed
        self._timed = timed
        self._covered = covered
        self._results = reading.found

    # ------------------------------------------------------------ what is declared

    @cached_property
    def declared(self) -> list[str]:
        """The substances that are declared or prescribed, in that order; of drugs without rules, their names."""
        rows = self.reading.declared.rows if self.reading.declared else ()
        return list(dict.fromkeys([*(row.substance for row in rows), *(one.name for one in self._prescribed)]))

    @cached_property
    def prescribed(self) -> list[forms.PrescribedForm]:
        """Each declared or prescribed substance: whether it was found, and what that says."""
        by_name: dict[str, list[Prescription]] = {}
        for one in self._prescribed:
            by_name.setdefault(one.name, []).append(one)
        found = [
            expected.prescribed_form(
                self.reading, name, by_name.get(name, ()), self._valid, self._covered, self.exceeded, self.say
            )
            for name in self.declared
        ]
        for form in found:
            if form["found"] is None and (screens := self._screens_of(form["substance"])):
                form["says"] = self.say("cause_of_screen", substance=form["substance"], results=numbered(screens))
        return found

    def _screens_of(self, substance: str) -> list[int]:
        """The screens that a declared or prescribed substance is known to make positive, though they are not for it."""
        return [
            number
            for number, among in self._explained.items()
            if any(one.substance == substance and one.way == "cross-reactivity" for one in among)
        ]

    @cached_property
    def not_understood(self) -> list[str]:
        """The prescriptions of drugs that the book does not know: what was found may be of one of them."""
        return list(dict.fromkeys(one.text for one in self._prescribed if not one.understood))

    def _unless_prescribed(self, verdict: Any, positive: bool) -> Any:
        """A verdict, where a prescription that was not understood may explain what the others do not."""
        return "unknown" if positive and verdict == "not_explained" and self.not_understood else verdict

    # ------------------------------------------------------------ results

    @cached_property
    def _explained(self) -> Mapping[int, Sequence[Explanation]]:
        """Of each positive all that could explain it, the nearest first; those that `conflicts` leaves out too."""
        own = {fold(name): name for name in self.declared}
        found: dict[int, Sequence[Explanation]] = {}
        for result in self._results:
            if result.positive and is_finding(result):
                by_doses = explanations(self.book, result, self._results, self.reading.times_of)
                among = [evolve(one, declared=one.substance in self.declared) for one in by_doses]
                there = {one.substance for one in among}
                among += [one for one in cross_reactions(self.book, result, own) if one.substance not in there]
                among += [one for one in by_name(self.book, result, self.declared) if one.substance not in there]
                found[result.number] = sorted(among, key=lambda one: one.rank)
        return found

    def explained_by(self, number: int) -> list[Explanation]:
        """What can explain a positive, by its number, the nearest first; empty of any other result."""
        return [one for one in self._explained.get(number, ()) if not one.conflicts]

    @property
    def modelled(self) -> list[str]:
        """The declared substances of which models give a concentration of what was tested."""
        return self.reading.modelled

    @cached_property
    def results(self) -> list[forms.InterpretedForm]:
        """Every result as understood, in the order of the report, with its verdict and what can explain it."""
        return [self._result(result, form) for result, form in zip(self._results, self.reading.results, strict=True)]

    def _result(self, result: Result, form: ResultForm) -> forms.InterpretedForm:
        explained = self.explained_by(result.number)
        found: forms.InterpretedForm = {
            "number": result.number,
            "id": result.id,
            "time": form["time"] if self._timed else None,
            "matrix": result.matrix,
            "test": result.test,
            "analyte": result.analyte,
            "method": result.method,
            "cutoff": form["cutoff"],
            "value": form["value"],
            "outcome": result.outcome,
            "confirmed": self._confirmed(result)[0],
            "confirmation": self._confirmation(result),
            "verdict": self.verdict(result.number),
            "declared": self._unless_prescribed(form["declared"], result.positive),
            "status": form["status"],
            "rule": form["rule"],
            "says": self._says(result, form),
            "explained_by": [self._explanation(result, one) for one in explained],
            "excluded": [
                {"substance": one.substance, "way": one.way, "results": list(one.conflicts)}
                for one in self._explained.get(result.number, ())
                if one.conflicts
            ],
        }
        if "calculated" in form:
            found["calculated"] = form["calculated"]
        return found

    def verdict(self, number: int) -> Literal["explained", "possible", "not_explained", "unknown", "says_nothing"]:
        """The verdict of `infer` on a result; where nothing is declared, whether anything can explain it."""
        result = next(one for one in self._results if one.number == number)
        if result.silent:
            return "says_nothing"
        if (found := self.reading.verdicts.get(number)) is not None:
            verdict = self._unless_prescribed(found.verdict, result.positive)
            return cast("Literal['explained', 'possible', 'not_explained', 'unknown']", verdict)
        if not result.positive:
            return "possible"
        explained = [one for one in self.explained_by(number) if one.way != "cross-reactivity"]
        if not explained:
            return "not_explained" if is_confirmed(self.book, result) else "unknown"
        return "unknown" if all(one.status == "unknown" for one in explained) else "possible"

    def _confirmed(self, result: Result) -> tuple[bool | None, list[int]]:
        """Whether a positive is confirmed, and by which results of the same specimens that is known."""
        if not result.positive:
            return None, []
        if is_confirmed(self.book, result):
            return True, []
        analytes = self.book.vocabularies["analyte"]
        aims = {result.analyte, *getattr(analytes.terms.get(result.analyte), "members", ())}
        if result.analyte == ANY:
            aims = set().union(*(self.book.analytes_after(name) for name in result.substances))
        others = [
            one
            for one in self._results
            if one.matrix == result.matrix
            and is_finding(one)
            and identifies(self.book, one.method)
            and one.analyte in analytes
            and aims & set(analytes.line(one.analyte))
        ]
        if not others:
            return None, []
        bearing = [one.number for one in others if one.positive]
        return bool(bearing), bearing or [one.number for one in others]

    def _confirmation(self, result: Result) -> str | None:
        """In words whether the confirmations of the report bear a screen out; None of any other result."""
        if not result.positive or not is_finding(result):
            return None
        confirmed, by = self._confirmed(result)
        number = str(result.number)
        if confirmed is None and result.method is None and self._is_unknown(result):
            return None
        if confirmed is None:
            return self.say("presumptive", analyte=self.named(result), result=number)
        return (
            self.say("borne_out" if confirmed else "not_borne_out", result=number, results=numbered(by)) if by else None
        )

    def _says(self, result: Result, form: ResultForm) -> list[str]:
        said = [form["says"]] if form["says"] and self._timed else []
        if result.positive and form["declared"] == "not_explained" and self.not_understood:
            said.append(self.say("may_be_prescribed", prescribed="; ".join(self.not_understood)))
        if not result.positive or not is_finding(result):
            return said
        values = {"analyte": self.named(result), "result": str(result.number)}
        said += filter(None, [self._confirmation(result)])
        explained = [one for one in self.explained_by(result.number) if one.known and one.way != "cross-reactivity"]
        if explained:
            names = [f"{' with '.join([one.substance, *sorted(one.needs)])} ({one.way})" for one in explained]
            return [*said, self.say("fits", substances=either(names), **values)]
        names, against = self._excluded(result)
        if names:
            more = {"substances": either(names), "results": numbered(against)}
            return [*said, self.say("nothing_without", **more, **values)]
        return said if result.silent is None else [*said, self.say("fits_nothing", **values)]

    def _excluded(self, result: Result) -> tuple[list[str], list[int]]:
        """The substances that give what was found and that other results leave no time, and these results."""
        excluded = [one for one in self._explained[result.number] if one.conflicts]
        return [one.substance for one in excluded], sorted({number for one in excluded for number in one.conflicts})

    def _explanation(self, result: Result, one: Explanation) -> forms.ExplanationForm:
        return {
            "substance": one.substance,
            "way": one.way,
            "status": one.status,
            "rule": one.rule,
            "declared": one.declared,
            "known": one.known,
            "needs": sorted(one.needs),
            "exceeded": self.exceeded(one.substance, result),
            "says": one.says,
            "against": [self._against(one.substance, each) for each in (*one.against, *self._spoken(result, one))],
        }

    def _spoken(self, result: Result, one: Explanation) -> Iterable[Against]:
        """What else speaks against a substance: that its declared doses do not fit, and statements."""
        if one.declared and one.substance in self.reading.bearings and self.reading.declared:
            own = [each for each in self.reading.bearings[one.substance] if each.result is result]
            if own and self.reading.declared.verdict(own).declared == "not_explained":
                yield Against(self.say("not_as_declared", substance=one.substance))
        for each in self._statements:
            if one.substance in each.rule.against and result.number in each.results:
                says = self.say("spoken_against", statement=each.rule.id, substance=one.substance)
                yield Against(says, statement=each.rule.id)

    def _against(self, substance: str, one: Against) -> forms.AgainstForm:
        says = one.says
        if one.result is not None:
            absent = next(result for result in self._results if result.number == one.result)
            values = {"analyte": self.named(absent), "result": str(one.result), "substance": substance}
            says = self.say("not_found_beside", **values)
        return {"result": one.result, "statement": one.statement, "says": says}

    # ------------------------------------------------------------ sets

    @cached_property
    def _confirmed_positives(self) -> list[Result]:
        return [
            one
            for one in self._results
            if one.positive and one.number in self._explained and one.covers and is_confirmed(self.book, one)
        ]

    @cached_property
    def _sets(self) -> tuple[list[frozenset[str]], bool]:
        """The smallest sets, with those that explain nothing as a mere trace of one of them; whether these are all."""
        causes = [
            (result, [one for one in self.explained_by(result.number) if one.way != "cross-reactivity"])
            for result in self._confirmed_positives
        ]
        enough = [[one for one in among if not self._is_mere(result, one)] for result, among in causes]
        by_any, by_enough = (
            smallest_sets(one_of_each([one.together for one in among] for among in of_each), self._rank)
            for of_each in ([among for _, among in causes], enough)
        )
        told = sorted({*by_any[0], *by_enough[0]}, key=self._rank)
        return told[:MOST_SETS], by_any[1] and by_enough[1] and len(told) <= MOST_SETS

    def _rank(self, members: frozenset[str]) -> tuple[Any, ...]:
        """Fewer mere traces first, then fewer undeclared, more by declared, fewer members, nearer ways, better grades.

        A declared substance counts as undeclared where its doses do not explain what it gives.
        """
        by = [self._by(result, members) for result in self._confirmed_positives]
        mere = sum(self._is_mere(result, one) for result, one in zip(self._confirmed_positives, by, strict=True))
        unfitting = {
            one.substance
            for result, one in zip(self._confirmed_positives, by, strict=True)
            if (found := self.reading.verdicts.get(result.number)) and found.declared == "not_explained"
        }
        ways = sorted((one.rank[1] for one in by), reverse=True)
        grades = sorted(grade_of(self.book, one.substance, one.rule or "") for one in by)
        undeclared = (members - set(self.declared)) | unfitting
        by_declared = sum(one.substance in members - undeclared for one in by)
        return mere, len(undeclared), -by_declared, len(members), ways, grades[::-1], sorted(members)

    def _is_mere(self, result: Result, one: Explanation) -> bool:
        """Whether a result is an impurity of a substance that no statement speaks for, or more than it gives."""
        impure = one.way == "impurity" and not self._spoken_for(one.substance, result)
        return impure or self.exceeded(one.substance, result) is not None

    def exceeded(self, substance: str, result: Result) -> str | None:
        """The statement by which there is more of an analyte than a substance alone gives.

        None where there is none, and where another statement speaks for the substance.
        """
        against = [one for one in self._statements if substance in one.rule.against and result.number in one.results]
        found = next((one.rule.id for one in against if one.is_of_much(result.analyte)), None)
        return None if found is None or self._spoken_for(substance, result) else found

    def _spoken_for(self, substance: str, result: Result) -> bool:
        """Whether a statement speaks for a substance by what was found of an analyte, or by how much of that."""
        return any(
            substance in one.rule.supports and result.number in one.results and one.is_about(result.analyte)
            for one in self._statements
        )

    @property
    def _alone(self) -> Iterator[str]:
        """Which declared drugs were found without any of their metabolites that were tested for, in sentences."""
        known = self.book.vocabularies["analyte"]
        for form in self.prescribed:
            name = form["substance"]
            if not form["found"] or name not in self.book.folders:
                continue
            if any(name in one.rule.against for one in self._statements):
                continue
            roles = {one.analyte: one.role for one in self.book.record_of(name).yields}
            of_role = [(roles.get(one["analyte"]), one) for one in form["analytes"] if one["analyte"] in known]
            metabolites = [one for role, one in of_role if role == "metabolite"]
            parents = [one for role, one in of_role if role == "parent" and one["outcome"] == "positive"]
            if parents and metabolites and all(one["outcome"] == "negative" for one in metabolites):
                values = {"analytes": either([one["analyte"] for one in metabolites])}
                results = numbered([one["result"] for one in metabolites])
                yield self.say("parent_alone", substance=name, results=results, **values)

    @property
    def _unjudged(self) -> Iterator[str]:
        """Of which positives no statement tells whether they are too much of what is declared, in sentences."""
        for result in self._confirmed_positives:
            own = [one for one in self.explained_by(result.number) if one.declared and one.way != "impurity"]
            if own and own[0].way == "minor metabolite" and result.found.between != (None, None):
                name = own[0].substance
                spoken = any(
                    name in (*one.rule.supports, *one.rule.against) and result.number in one.results
                    for one in self._statements
                )
                if not spoken:
                    yield self.say("unjudged", analyte=self.named(result), result=str(result.number), substance=name)

    def _by(self, result: Result, members: frozenset[str]) -> Explanation:
        """The nearest of the members of a set that explains a result, one that gives as much before the others."""
        among = [one for one in self.explained_by(result.number) if one.together <= members]
        return next((one for one in among if self.exceeded(one.substance, result) is None), among[0])

    @cached_property
    def sets(self) -> list[forms.SetForm]:
        """The smallest sets of substances that explain every confirmed positive, in the order of their rank.

        Each contradicts no negative; none is there where a confirmed positive is `unexplained`, or there is none.
        """
        return [self._set(members) for members in self._sets[0]]

    def _set(self, members: frozenset[str]) -> forms.SetForm:
        undeclared = sorted(members - set(self.declared))
        names = sorted(members, key=lambda name: (name in undeclared, name))
        return {
            "substances": names,
            "undeclared": undeclared,
            "ways": [
                {"result": result.number, "substance": one.substance, "way": one.way}
                for result in self._confirmed_positives
                for one in [self._by(result, members)]
            ],
            "says": self.say("together" if undeclared else "together_declared", substances=" and ".join(names)),
        }

    @cached_property
    def unexplained(self) -> list[forms.UnexplainedForm]:
        """The confirmed positives that no substance explains, each with the smallest results that leave it none."""
        found: list[forms.UnexplainedForm] = []
        for result in self._confirmed_positives:
            if self.explained_by(result.number):
                continue
            names, against = self._excluded(result)
            values = {"analyte": self.named(result), "result": str(result.number)}
            says = self.say("nothing_without", substances=either(names), results=numbered(against), **values)
            found.append({"result": result.number, "results": against, "substances": names, "says": says})
        return found

    # ------------------------------------------------------------ statements, validity, what would decide

    @cached_property
    def _statements(self) -> list[Statement]:
        return statements(self.book, self.specimens, self.declared, self.reading.pattern)

    @cached_property
    def statements(self) -> list[forms.StatementForm]:
        """The statements on several results that hold of the report, in the order of the book."""
        shown = {one.rule.id for one in self._statements}
        return [
            {
                "id": one.rule.id,
                "says": one.rule.says,
                "holds_for": one.rule.holds_for,
                "pattern": list(one.rule.pattern),
                "supports": list(one.rule.supports),
                "against": list(one.rule.against),
                "contradicts": [other for other in one.rule.contradicts if other in shown],
                "confidence": one.rule.confidence,
                "results": list(one.results),
                "sources": said_sources(self.book, one.rule.evidence),
            }
            for one in self._statements
        ]

    @cached_property
    def validity(self) -> list[forms.ValidityForm]:
        """What authorities call the specimens."""
        return [
            {
                "id": one.rule.id,
                "by": one.rule.by,
                "matrix": one.rule.matrix,
                "verdict": one.rule.verdict,
                "says": one.rule.says,
                "negatives": one.rule.negatives,
                "results": list(one.results),
                "sources": said_sources(self.book, one.rule.evidence),
            }
            for one in self._valid
        ]

    @cached_property
    def deciders(self) -> list[forms.FurtherForm]:
        """What would decide between the sets: further analytes, then further tests until when each still can."""
        sets = self._sets[0]
        open_ = set().union(*sets) - frozenset.intersection(*sets) if sets else set()
        return further.deciders(
            self.reading,
            {one.number: self.explained_by(one.number) for one in self._confirmed_positives},
            open_,
            self._timed,
            self.say,
        )

    # ------------------------------------------------------------ the whole

    def say(self, template: str, **values: str) -> str:
        """A sentence, from its template in the book."""
        text: str = getattr(self.book.interpret_wording, template)
        return text.format(**values)

    def named(self, result: Result) -> str:
        """What a result is of, in words."""
        return further.named(self.book, result.about)

    @property
    def rules(self) -> list[RuleForm]:
        """Every rule that the answer names, with its sources."""
        named = {one["rule"] for form in self.results for one in (form, *form["explained_by"])}
        named |= {one["rule"] for form in self.prescribed for one in form["analytes"]}
        named |= {one["rule"] for one in self.deciders}
        known: dict[str, Any] = {one.id: one for one in self.book.listed_in("reactivities", "reactivity")}
        for name in self.reading.asked:
            known |= {ranked.rule.id: ranked.rule for ranked in self.book.ranked(name, "windows")}
        return rule_forms(self.book, [rule for rule in known if rule in named], known)

    @property
    def notes(self) -> list[str]:
        """What of the report was left out, not read or not known, in sentences."""
        by_text: dict[str, list[Prescription]] = {}
        for one in self._prescribed:
            if one.unread:
                by_text.setdefault(one.text, []).append(one)
        unread = [
            self.say(
                "unread_dose" if all(one.has_no_dose for one in of_one) else "unread",
                prescribed=text,
                words=", ".join(of_one[0].unread),
            )
            for text, of_one in by_text.items()
        ]
        more = [] if self._sets[1] else [self.say("more_sets")]
        both = [
            self.say("contradicted", statement=one["id"], others=", ".join(one["contradicts"]))
            for one in self.statements
            if one["contradicts"] and one["id"] < min(one["contradicts"])
        ]
        return [*self.reading.notes, *unread, *self._alone, *self._unjudged, *more, *both]

    @property
    def assumes(self) -> list[str]:
        """What the answer takes for granted."""
        found = list(self.reading.assumes)
        if any(one.substance and one.last is None for one in self._prescribed):
            found.append(self.say("assumed_regimen"))
        unsaid = [one.number for one in self._confirmed_positives if one.method is None]
        if unsaid:
            found.append(self.say("assumed_confirmed", results=numbered(unsaid)))
        return found if self._timed else [*found, self.say("assumed_specimen")]

    @property
    def warnings(self) -> list[str]:
        """What in the report is far outside all that the book speaks of, cannot have been yet, or is left open."""
        open_ = [
            self.say("undecided_specimen", verdicts=either(verdicts), measures=" and ".join(measures))
            for verdicts, measures in undecided(self.book, self.specimens)
        ]
        return [*(self.reading.warnings if self._timed else ()), *self._unknown, *open_]

    @property
    def _unknown(self) -> Iterator[str]:
        """Which results name an analyte that the book does not know, and which it may be a slip for, in sentences."""
        known = self.book.vocabularies["analyte"]
        words = [word for term in known.terms.values() for word in (term.id, *term.synonyms)]
        for result in self._results:
            if self._is_unknown(result):
                near = dict.fromkeys(known.resolve(word) for word in close(result.analyte, words))
                template = "unknown_analyte_near" if near else "unknown_analyte"
                yield self.say(template, analyte=result.analyte, result=str(result.number), near=either(list(near)))

    def _is_unknown(self, result: Result) -> bool:
        """Whether a result is on an analyte that the book does not know."""
        return result.analyte != ANY and result.analyte not in self.book.vocabularies["analyte"]

    def to_dict(self) -> forms.InterpretForm:
        """The JSON form `ketref.interpret/1`."""
        return {
            "schema": "ketref.interpret/1",
            "at": self.reading.written_at if self._timed else None,
            "pattern": self.reading.pattern,
            "warnings": self.warnings,
            "results": self.results,
            "prescribed": self.prescribed,
            "not_understood": self.not_understood,
            "sets": self.sets,
            "sets_complete": self._sets[1],
            "unexplained": self.unexplained,
            "statements": self.statements,
            "validity": self.validity,
            "deciders": self.deciders,
            "rules": self.rules,
            "notes": self.notes,
            "assumes": self.assumes,
            **identity(self.book),
        }

    def to_csv(self) -> str:
        """A row for each result: its verdict, what can explain it and which statements speak of it."""
        return interpret_csv(self.to_dict())

    def __repr__(self) -> str:
        results, found = len(self._results), len(self._sets[0])
        return f"<InterpretAnswer of {results} result{'s' * (results != 1)}: {found} set{'s' * (found != 1)}>"
