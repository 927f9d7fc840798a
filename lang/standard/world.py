"""Signatures of the standard functions that talk to the user, the network and the environment."""

SECTION = "The world"
TEXT = """
## Writes the values as text, with `sep` between them and `end` after the last.
## >>> print("a", 1, [true])
## a 1 [true]
# effect: change
fn print(values...: any, sep: str = " ", end: str = "\\n") -> none

## Writes the values as `print` does, to the error output.
# effect: change
fn warn(values...: any, sep: str = " ", end: str = "\\n") -> none

## A line that the user types, after `prompt` was shown.
# effect: change
fn ask(prompt: str = "") -> str

## The value of an environment variable. A missing one is an error unless `default` is given.
# effect: observation
# needs: env name
fn env[D](name: str, default: D = absent) -> str | D

## Fetches a web address. `timeout` is in seconds. A status such as 404 is an answer, not an error.
# effect: observation
# needs: net url
fn http_get(url: str, headers: dict[str]? = none, timeout: float = 30)
  -> {status: int, text: str, headers: dict[str]}

## Sends `body` to a web address: text as it is, other values as JSON.
# effect: change
# needs: net url
fn http_post(url: str, body: any = none, headers: dict[str]? = none, timeout: float = 30)
  -> {status: int, text: str, headers: dict[str]}
"""
