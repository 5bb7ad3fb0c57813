"""How is a function compiled together with those that it calls?

numba would compile and optimize each by itself, and then once more with all that it calls wherever it is called. Here
all go into the library of the one that Python calls, through which the optimizer goes once.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any, ClassVar

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.registry import CPUDispatcher
from numba.core.types import unliteral


class Outer(Compiler):
    """Compiles a function that Python calls."""

    libraries: ClassVar[list[Any]] = []
    """Those that are filled at the time, under the compiler's lock."""

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, returned: Any, flags: Any, of: Any) -> None:
        super().__init__(typing, target, library, args, returned, _Settings(flags), of)

    def compile_extra(self, func: Any) -> Any:
        """Compile it, in a library of its own."""
        library = _Library(self.state.targetctx.codegen(), func.__qualname__)
        library.enable_object_caching()
        self.libraries.append(library)
        try:
            self.state.library = library
            return super().compile_extra(func)
        finally:
            self.libraries.pop()


class _Inner(Outer):
    """Compiles one that only compiled ones call, into the library of the one that Python calls."""

    def compile_extra(self, func: Any) -> Any:
        self.state.library = self.libraries[-1]
        self.state.flags.no_compile = True
        return Compiler.compile_extra(self, func)


class Callee(CPUDispatcher):
    """A function that only compiled ones call, so that nothing wraps it for Python."""

    _library: Any = None  # that which it was compiled into last

    @classmethod
    def of(cls, function: FunctionType, options: dict[str, Any]) -> Any:
        """The function, to be compiled when it is first met."""
        return cls(
            function, targetoptions={**options, "nopython": True, "no_cpython_wrapper": True}, pipeline_class=_Inner
        )

    def compile(self, sig: Any) -> Any:
        """Compile for the types of some arguments: not anew for each value that a caller writes out."""
        library, of = Outer.libraries[-1], tuple(map(unliteral, sig))
        if library is not self._library:
            self._library = library
            self.overloads.clear()
        if of not in self.overloads:
            made = self._compiler.compile(of, None)._replace(entry_point=object())  # by which it is known
            library.inner.append(made)
            self.targetctx.insert_user_function(made.entry_point, made.fndesc)
            self.overloads[of] = made
        return self.overloads[of].entry_point


class _Library(JITCodeLibrary):
    """One of which no `inner` function is seen from without: nothing is kept of those that are put where called."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        self.inner: list[Any] = []

    def finalize(self) -> None:
        """Optimize all, now that nothing more is added."""
        for made in self.inner:
            self._final_module.get_function(made.fndesc.llvm_func_name).linkage = "internal"
        super().finalize()


class _Settings(Flags):
    """Those of the compiler, which do not change once they are asked for: numba asks for all, for each operation."""

    __slots__ = ("_all",)

    def values(self) -> dict[str, Any]:
        """All of them, by their names."""
        found: dict[str, Any] | None = getattr(self, "_all", None)
        if found is None:
            self._all = found = super().values()
        return found
