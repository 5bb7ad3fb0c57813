"""In which words does a book put what it concludes?

A template is text with placeholders in braces, such as `{result}`: which ones a template may have, its field tells. How
many, of what kind and under which rules is concluded elsewhere; here it is only said.
"""

from collections.abc import Iterator
from string import Formatter
from typing import Any, TypeVar

import attrs
from attrs import field

from ketref.model.rules import record


def _template(*placeholders: str) -> Any:
    return field(default="", metadata={"placeholders": placeholders})


@record
class InferWording:
    """What `infer` concludes; what is left out is said in the words of the book behind this one."""

    nothing_said: str = _template()
    one_dose: str = _template("substances", "times")
    one_dose_if_any: str = _template("substances", "times")
    any_time: str = _template("substances")
    conflict: str = _template("substances", "results")
    opposite: str = _template("results")
    no_positive: str = _template()
    not_identified: str = _template("results")
    method_unsaid: str = _template("results")
    identified: str = _template("results")
    between: str = _template("begin", "end")
    from_then: str = _template("begin")
    until_then: str = _template("end")
    whenever: str = _template()
    bound_sample: str = _template("result")
    bound_not_yet: str = _template("result", "rule")
    bound_no_more: str = _template("result", "rule")
    bound_expected: str = _template("result", "rule")
    bound_calculated: str = _template("result", "models")
    calculated_too: str = _template("models")
    calculated_conflict: str = _template("substances", "models")
    positive_explained: str = _template("result", "dose", "rule")
    positive_possible: str = _template("result", "dose", "rule")
    positive_residual: str = _template("result", "rule")
    positive_not_explained: str = _template("result", "times")
    positive_by_no_dose: str = _template("result")
    value_not_explained: str = _template("result", "dose", "rule")
    negative_explained: str = _template("result")
    negative_possible: str = _template("result", "dose", "rule")
    negative_residual: str = _template("result", "rule")
    negative_not_explained: str = _template("result", "dose", "rule")
    positive_open: str = _template("result", "rule", "since")
    negative_open: str = _template("result", "rule", "since")
    rules_silent: str = _template("result")
    dose_unruled: str = _template("result", "rule", "dose", "substance")
    positive_crossed: str = _template("result", "rule", "times")
    positive_crossed_alone: str = _template("result", "rule")
    cross_reactant: str = _template("result", "dose", "drug", "rules", "sources")
    shares_alone: str = _template("result", "dose", "substance", "analytes")
    panel_without: str = _template("result", "panel", "rule")
    panel_unlisted: str = _template("result", "panel")
    outcome_silent: str = _template("result", "word")
    limit_silent: str = _template("result", "word")
    other_test: str = _template("result", "test")
    analyte_of_none: str = _template("result", "analyte")
    specimen_silent: str = _template("result")
    negative_decides: str = _template("test", "begin", "end", "times", "rule")
    positive_decides: str = _template("test", "begin", "times", "rule")
    nothing_decides: str = _template()


@record
class InterpretWording:
    """What `interpret` says of a whole report; what is left out is said in the words of the book behind this one."""

    fits: str = _template("analyte", "result", "substances")
    fits_nothing: str = _template("analyte", "result")
    nothing_without: str = _template("analyte", "result", "substances", "results")
    presumptive: str = _template("analyte", "result")
    borne_out: str = _template("result", "results")
    not_borne_out: str = _template("result", "results")
    not_found_beside: str = _template("analyte", "result", "substance")
    spoken_against: str = _template("statement", "substance")
    not_as_declared: str = _template("substance")
    not_found: str = _template("substance", "analytes", "results", "rule")
    not_found_open: str = _template("substance", "analytes", "results")
    not_found_unknown: str = _template("substance", "analytes", "results")
    not_found_spoilt: str = _template("substance", "analytes", "results", "verdict")
    unjudged: str = _template("analyte", "result", "substance")
    only_impurity: str = _template("substance", "analytes", "results")
    found_fits: str = _template("said")
    found_unknown: str = _template("said")
    found_not_fitting: str = _template("said")
    missed_expected: str = _template("said")
    missed_open: str = _template("said")
    missed_unknown: str = _template("said")
    missed_fitting: str = _template("said")
    missed_spoilt: str = _template("said", "verdict")
    untested: str = _template("said")
    not_understood: str = _template("said")
    may_be_prescribed: str = _template("prescribed")
    unread: str = _template("prescribed", "words")
    unread_dose: str = _template("prescribed", "words")
    unknown_analyte: str = _template("analyte", "result")
    unknown_analyte_near: str = _template("analyte", "result", "near")
    undecided_specimen: str = _template("verdicts", "measures")
    not_tested: str = _template("substance")
    cause_of_screen: str = _template("substance", "results")
    parent_alone: str = _template("substance", "analytes", "results")
    no_rule: str = _template("substance")
    else_when: str = _template()
    else_regimen: str = _template()
    else_specimen: str = _template("rule", "verdict", "by")
    else_missed: str = _template("assay", "cause", "rule")
    else_cutoff: str = _template("analyte", "cutoff")
    together: str = _template("substances")
    together_declared: str = _template("substances")
    more_sets: str = _template()
    contradicted: str = _template("statement", "others")
    analyte_decides: str = _template("analyte", "matrix", "substance", "others")
    assumed_regimen: str = _template()
    assumed_confirmed: str = _template("results")
    assumed_specimen: str = _template()


@record
class Wording:
    """wording.toml."""

    infer: InferWording = field(factory=InferWording)
    interpret: InterpretWording = field(factory=InterpretWording)


Words = TypeVar("Words", InferWording, InterpretWording)


def _templates(words: InferWording | InterpretWording) -> tuple[Any, ...]:
    kind: Any = type(words)
    templates: tuple[Any, ...] = attrs.fields(kind)
    return templates


def faults(words: InferWording | InterpretWording) -> Iterator[tuple[str, str, str]]:
    """Every template that names what it may not: its name, what is wrong and what to do."""
    for template in _templates(words):
        allowed = template.metadata["placeholders"]
        hint = f"placeholders: {', '.join(f'{{{name}}}' for name in allowed)}" if allowed else "it has no placeholders"
        try:
            parts = list(Formatter().parse(getattr(words, template.name)))
        except ValueError as error:
            yield template.name, f"the braces do not match: {error}", hint
            continue
        for _, name, form, conversion in parts:
            if name is not None and (name not in allowed or form or conversion):
                yield template.name, f"`{{{name}}}` is not a placeholder of `{template.name}`", hint


def behind(own: Words, other: Words) -> Words:
    """The words of one book, with those of another where it has none."""
    names = (template.name for template in _templates(own))
    return type(own)(**{name: getattr(own, name) or getattr(other, name) for name in names})
