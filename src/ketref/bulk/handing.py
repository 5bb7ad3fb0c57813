"""How are the many arrays of one thing handed to a compiled function, and from there to those that it calls?

numba hands a tuple over by its members, of which each array is seven numbers: a function that takes some dozens of
arrays is then compiled mostly to move them. What is `in_one` is handed over as a pointer to the members.
"""

from __future__ import annotations

from typing import Any, TypeVar

from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

Kind = TypeVar("Kind", bound=type[tuple[Any, ...]])


def in_one(kind: Kind) -> Kind:
    """Have compiled functions take the tuples of a class as one."""

    @typeof_impl.register(kind)
    def _(value: Any, asked: Any) -> Any:
        return _InOne(types.BaseTuple.from_types([typeof_impl(member, asked) for member in value], kind))

    return kind


class _InOne(types.Type):
    """A pointer to the members of a tuple."""

    def __init__(self, members: Any) -> None:
        self.dtype = members
        super().__init__(name=f"in_one({members.name})")

    @property
    def mangling_args(self) -> tuple[str, tuple[()]]:
        return self.dtype.instance_class.__name__, ()


register_model(_InOne)(models.PointerModel)


@infer_getattr
class _Members(AttributeTemplate):
    key = _InOne

    def generic_resolve(self, of: Any, name: str) -> Any:
        return of.dtype.types[of.dtype.fields.index(name)] if name in of.dtype.fields else None


@lower_getattr_generic(_InOne)
def _member(context: Any, builder: Any, of: Any, pointer: Any, name: str) -> Any:
    place = of.dtype.fields.index(name)
    model = context.data_model_manager[of.dtype.types[place]]
    at = cgutils.gep_inbounds(builder, pointer, 0, place)
    return (
        builder.load(at)
        if model.get_value_type() == model.get_data_type()
        else model.load_from_data_pointer(builder, at)
    )


@unbox(_InOne)
def _unboxed(of: Any, value: Any, c: Any) -> Any:
    members = c.unbox(of.dtype, value)
    data = c.context.data_model_manager[of.dtype].as_data(c.builder, members.value)
    pointer = cgutils.alloca_once_value(c.builder, data)
    return NativeValue(pointer, is_error=members.is_error, cleanup=members.cleanup)
