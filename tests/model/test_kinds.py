import attrs
import pytest

from ketref.model.files import record_of
from ketref.model.kinds import KINDS, OF_FILE, Kind
from ketref.model.rules import AXES


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_a_kind_says_what_its_rules_have(kind: Kind) -> None:
    fields = attrs.fields_dict(kind.rule)
    assert OF_FILE[kind.file] is kind
    assert set(attrs.fields_dict(record_of(kind.file))) == {kind.key}
    assert len(kind.stages) == len(kind.boundaries) + 1
    assert set(kind.boundaries) <= fields.keys()
    assert kind.told_apart_by is None or kind.told_apart_by in fields
    assert kind.ending <= set(kind.boundaries)
    assert set(kind.must_name) <= set(kind.axes)
    assert list(kind.axes) == [axis for axis in AXES if axis in kind.axes]
