"""Is one who asks Spark without its package told what to install?"""

from __future__ import annotations

import sys
from unittest import mock

import pytest

import ketref.spark
from ketref.errors import UsageError


@pytest.mark.parametrize("asked", [ketref.spark.detect_many, ketref.spark.effects_many])
def test_questions_say_what_is_missing(asked) -> None:
    with (
        mock.patch.dict(sys.modules, {"pyspark": None}),
        pytest.raises(UsageError, match="the package `pyspark`") as told,
    ):
        asked(object())
    assert told.value.hint == 'install what is missing, in a clone of ketref: pip install ".[spark]"'


def test_evaluate_says_what_is_missing() -> None:
    with mock.patch.dict(sys.modules, {"pyspark": None}), pytest.raises(UsageError, match="the package `pyspark`"):
        ketref.spark.evaluate(object(), object())
