"""How do the functions that answer one question run over arrays, at the speed of the machine?

A function is compiled together with every function of ketref that it calls, from the text that plain Python runs: one
text, two speeds. What was compiled is kept on disk under a digest of all that went into it, so that an edited function,
callee or constant is compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import config
from numba.core import event

from ketref.bulk.cache import Cache, folder
from ketref.bulk.together import Callee, Outer

ALONE = 1 << 17  # rows for which starting threads, and waiting for them, takes longer than they save


def threads(rows: int) -> int:
    """How many blocks of so many rows in all are answered at the same time."""
    if rows < ALONE:
        return 1
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


Item = TypeVar("Item")
Made = TypeVar("Made")


def at_once(work: Callable[[Item], Made], items: Sequence[Item], workers: int) -> Iterator[Made]:
    """What is made of each item, in their order, by so many threads at the same time; by one, by none besides."""
    if workers == 1 or len(items) == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(work, items)


Integer = Any  # of Python, or of the machine where the function is compiled
Function = TypeVar("Function", bound=Callable[..., Any])
_settings: Any = config  # of which mypy knows no names


@cache
def compiled(function: Function, allocating: bool = False) -> Function:
    """The compiled copy of a function, which releases the interpreter's lock while it runs.

    The function and what it calls may use integers, floats, booleans, tuples of these, numpy arrays, and further
    functions of its own package, by their global names. Only an `allocating` one may make arrays: the others do not
    count references to arrays, which costs far more than what is done with these.
    """
    source = cast("FunctionType", function)
    options: dict[str, Any] = {"nogil": True, "_nrt": allocating, "no_cfunc_wrapper": True, "forceinline": True}
    fast = numba.njit(pipeline_class=Outer, **options)(_bound(source, options, {}))
    kept_in = folder()
    if kept_in is not None:
        fast._cache = Cache(kept_in, digest(source, options)[:32])  # which numba gives no other way to name
    return cast("Function", fast)


class _Once(event.Listener):
    """Tells at the start of the first event."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self._to_tell = [tell]

    def on_start(self, _: object) -> None:
        """A compilation begins."""
        while self._to_tell:
            self._to_tell.pop()()

    def on_end(self, _: object) -> None:
        """It has ended."""


@contextmanager
def telling(tell: Callable[[], object]) -> Iterator[None]:
    """Have it told, once, as soon as anything has to be compiled meanwhile."""
    with event.install_listener("numba:compile", _Once(tell)):
        yield


def sealed(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array, not to be written: to a compiled function one that can be is of another type, compiled anew."""
    found = array.view()
    found.flags.writeable = False
    return found


def unsigned(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Integers that are not negative, as such: whether an index counts from the end is then not asked for each."""
    return array.view(f"u{array.dtype.itemsize}")


def _bound(function: FunctionType, options: dict[str, Any], made: dict[FunctionType, Any]) -> FunctionType:
    """The function, calling compiled copies of what it calls; those that are `made` already are taken from there.

    Each copy is compiled once, and put where it is called by the optimizer: numba's own `inline` would go through all
    that is compiled anew for each call.
    """
    for _, callee in _callees(function):
        if callee not in made:
            bound = _bound(callee, options, made)
            made[callee] = bound if _settings.DISABLE_JIT else Callee.of(bound, options)
    namespace = {**function.__globals__, **{name: made[callee] for name, callee in _callees(function)}}
    copy = FunctionType(function.__code__, namespace, function.__name__, function.__defaults__)
    copy.__qualname__ = function.__qualname__
    return copy


def _callees(function: FunctionType) -> Iterator[tuple[str, FunctionType]]:
    """The functions of the same package that a function calls, by their global names."""
    own = function.__module__.partition(".")[0]
    for name in sorted(function.__code__.co_names):
        callee = function.__globals__.get(name)
        if isinstance(callee, FunctionType) and callee.__module__.partition(".")[0] == own:
            yield name, callee


# ---------------------------------------------------------------- what is kept


def digest(function: FunctionType, options: Mapping[str, Any]) -> str:
    """A checksum over all that decides what a function compiles to: its text, constants and callees, and the tools."""
    tools = (sorted(options.items()), numba.__version__, np.__version__, sys.version, platform.machine(), _processor())
    return hashlib.sha256("\n".join([*map(str, tools), *_text(function)]).encode()).hexdigest()


def _processor() -> tuple[str, str]:
    from llvmlite import binding

    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


def _text(function: FunctionType) -> Iterator[str]:
    yield from _code(function.__code__)
    callees = dict(_callees(function))
    for name in sorted(set(function.__code__.co_names) & set(function.__globals__) - set(callees)):
        yield f"{name} = {function.__globals__[name]!r}"
    for name, callee in callees.items():
        yield f"{name}:"
        yield from _text(callee)


def _code(code: CodeType) -> Iterator[str]:
    yield f"{code.co_qualname} {code.co_varnames} {code.co_names} {code.co_code.hex()} {code.co_exceptiontable.hex()}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant)
