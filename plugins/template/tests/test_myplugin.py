"""The plugin as plans see it."""

import pytest

from planlang import CheckError, PlanError


def test_the_function_in_a_plan(plan):
    """Documentation, defaults and types come from the Python function."""
    assert plan('print(myplugin_shout("hi", times=2))') == "HI!!\n"


def test_the_model_in_a_task(plan):
    """A call of a model looks like any other call."""
    text = """
        task main(texts: list[str]) -> list[str] {
          let labels = []
          for text in texts {
            labels.push(myplugin_tone(text).label)
          }
          return labels
        }
    """
    assert plan(text, texts=["HELLO THERE", "hello there"]) == ["loud", "calm"]


def test_a_failure_names_its_reason(plan):
    """The worker says what is wrong; the plan can catch it."""
    with pytest.raises(PlanError, match="no letter"):
        plan('print(myplugin_tone("123"))')


def test_mistakes_are_found_before_the_plan_runs(plan):
    """The signature is checked like that of any function."""
    with pytest.raises(CheckError):
        plan("print(myplugin_shout(3))")
