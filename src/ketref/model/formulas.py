"""What does a formula of a model say, in which unit is its result, and what comes out?

A formula is written as in Python: names, numbers, `+ - * / **`, and a few functions. A number may have a unit in
brackets: `70[kg]`, `0.1[L/h]`. Values are reckoned in base units: mg, L, h, mmol, cm and y.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Dimension = tuple[float, ...]
"""The powers of mass, volume, time, amount of substance, length and age."""
PURE: Dimension = (0, 0, 0, 0, 0, 0)
LONGEST = 300
"""How many characters a formula has at most."""


def _of(index: int) -> Dimension:
    return tuple(float(place == index) for place in range(len(PURE)))


MASS, VOLUME, TIME, AMOUNT, LENGTH, AGE = map(_of, range(6))
_SCALES: Mapping[Dimension, Mapping[str, float]] = {
    MASS: {"pg": 1e-9, "ng": 1e-6, "ug": 1e-3, "mg": 1.0, "g": 1e3, "kg": 1e6},
    VOLUME: {"uL": 1e-6, "mL": 1e-3, "dL": 0.1, "L": 1.0},
    TIME: {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "wk": 168.0},
    AMOUNT: {"nmol": 1e-6, "umol": 1e-3, "mmol": 1.0, "mol": 1e3},
    LENGTH: {"mm": 0.1, "cm": 1.0, "m": 100.0},
    AGE: {"y": 1.0},
}
UNITS = {unit: (scale, kind) for kind, scales in _SCALES.items() for unit, scale in scales.items()}
"""Each unit, as what it is in base units, and its dimension."""
FUNCTIONS = ("exp", "log", "sqrt", "min", "max")
"""What may be called in a formula: the first two of pure numbers, the last two of two values of one unit."""
_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class FormulaError(ValueError):
    """A text that is no formula, or whose units do not fit."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> ast.expr:
    """The tree of a formula. Raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(f"a formula has at most {LONGEST} characters, not {len(text)}")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"`{text}` is not a formula") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) not in {int, float}:
            raise FormulaError(f"`{node.value!r}` is not a number")
    return tree


@lru_cache(maxsize=4096)
def unit(text: str) -> tuple[float, Dimension]:
    """What a unit such as `L/h` is in base units, and its dimension; `1` is a pure number. Raises FormulaError."""
    return _unit(parsed(text), text)


def _unit(node: ast.expr, text: str) -> tuple[float, Dimension]:
    if isinstance(node, ast.Constant) and node.value == 1:
        return 1.0, PURE
    if isinstance(node, ast.Name) and node.id in UNITS:
        return UNITS[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in {ast.Mult, ast.Div}:
        (left, of_left), (right, of_right) = _unit(node.left, text), _unit(node.right, text)
        if isinstance(node.op, ast.Mult):
            return left * right, times(of_left, of_right)
        return left / right, times(of_left, of_right, -1)
    raise FormulaError(f"`{text}` is not a unit of a model: 1, or units of {', '.join(UNITS)}")


def times(one: Dimension, other: Dimension, power: float = 1) -> Dimension:
    """The dimension of a product, of a quotient where the power is -1."""
    return tuple(a + power * b for a, b in zip(one, other, strict=True))


def names(text: str) -> set[str]:
    """The names that a formula needs."""
    return _names(parsed(text))


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Subscript):  # a number with its unit
        return set()
    if isinstance(node, ast.Call):
        return set().union(*(_names(each) for each in node.args))
    if isinstance(node, ast.Name):
        return {node.id}
    return set().union(*(_names(each) for each in ast.iter_child_nodes(node)))


def dimension(text: str, known: Mapping[str, Dimension]) -> Dimension:
    """The dimension of what a formula gives, by those of its names. Raises FormulaError where its units do not fit."""
    return _dimension(parsed(text), known)


def _dimension(node: ast.expr, known: Mapping[str, Dimension]) -> Dimension:
    match node:
        case ast.Constant():
            return PURE
        case ast.Subscript(value=ast.Constant(), slice=written):
            return _unit(written, ast.unparse(written))[1]
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.Name(id=name):
            raise FormulaError(f"`{name}` is not a parameter, covariate or derived value of the model")
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return _dimension(inside, known)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(node, _dimension(left, known), right, known)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            one, other = _dimension(left, known), _dimension(right, known)
            if isinstance(op, ast.Mult | ast.Div):
                return times(one, other, 1 if isinstance(op, ast.Mult) else -1)
            return _same(node, one, other)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _called(node, name, [_dimension(each, known) for each in args])
    raise FormulaError(f"`{ast.unparse(node)}` is nothing that a formula may hold")


def _power(node: ast.expr, base: Dimension, right: ast.expr, known: Mapping[str, Dimension]) -> Dimension:
    if _dimension(right, known) != PURE:
        raise FormulaError(f"`{ast.unparse(right)}`, which is an exponent, has a unit")
    if base == PURE:
        return PURE
    try:
        power = float(ast.literal_eval(right))
    except ValueError:
        raise FormulaError(f"`{ast.unparse(node)}` raises what has a unit to a power that is not a number") from None
    return tuple(power * each for each in base)


def _same(node: ast.expr, one: Dimension, other: Dimension) -> Dimension:
    if one != other:
        raise FormulaError(f"`{ast.unparse(node)}` joins different units")
    return one


def _called(node: ast.expr, name: str, args: list[Dimension]) -> Dimension:
    if len(args) != (2 if name in {"min", "max"} else 1):
        raise FormulaError(f"`{ast.unparse(node)}` has {len(args)} values")
    if name in {"min", "max"}:
        return _same(node, *args)
    if name == "sqrt":
        return tuple(each / 2 for each in args[0])
    return _same(node, args[0], PURE)


def value(text: str, known: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    """What a formula gives, in base units, for values that are so, or arrays of them, with the functions of these."""
    return _value(parsed(text), known, functions)


def _value(node: ast.expr, known: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    match node:
        case ast.Constant(value=number):
            return number
        case ast.Subscript(value=ast.Constant(value=number), slice=written):
            return number * _unit(written, ast.unparse(written))[0]  # type: ignore[operator]
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(operand=inside):
            return -_value(inside, known, functions)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, known, functions), _value(right, known, functions))
        case ast.Call(func=ast.Name(id=name), args=args):
            return functions[name](*(_value(each, known, functions) for each in args))
    raise FormulaError(f"`{ast.unparse(node)}` is nothing that a formula may hold")
