"""A mock whose answer only turns out at run time not to be of the type that the mocked function gives."""

from planlang.runtime.engine import Engine

PLAN = """
fn label(text: str) -> str { return sentiment(text).label ?? "none" }

test "a mock of unknown type" {
  mock sentiment = fn(text) => from_json("3")
  assert label("fine") == "positive"
}
"""


def test_an_answer_of_another_type_is_an_error_of_the_plan():
    """It is told at the call that was answered so: the code behind it relies on the type."""
    (result,) = Engine().load(text=PLAN).test()
    assert result.error is not None
    assert ("value", (2, 37)) == (result.error.kind, result.error.place.source.position(result.error.place.span.start))
    assert "what the mock of `sentiment` gives: expected Sentiment, found 3" in result.error.message
