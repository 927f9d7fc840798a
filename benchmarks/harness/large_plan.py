"""Makes a long plan that looks like what people write: types, documented functions, tasks, tests, text work."""

from __future__ import annotations

CHAPTERS = (
    """\
type Order{n} = {{id: int, customer: str, items: list[Item{n}], note: str?}}
type Item{n} = {{name: str, price: float, amount: int}}

## What an order costs before discounts.
fn subtotal_{n}(order: Order{n}) -> float {{
  let total = 0.0
  for item in order.items {{
    total += item.price * item.amount
  }}
  return total
}}

## Takes {n} percent off large orders.
fn discounted_{n}(order: Order{n}, limit: float = 100.0) -> float {{
  let total = subtotal_{n}(order)
  if total > limit {{
    return total * (1 - {n} / 100)
  }} else if total == 0 {{
    fail {{kind: "empty-order", message: "order {{order.id}} holds nothing"}}
  }}
  return total
}}

## The customers who spent most, with what they spent.
fn best_customers_{n}(orders: list[Order{n}], count: int = 3) -> list[any] {{
  let spent = {{}}
  for order in orders {{
    spent[order.customer] = spent[order.customer] ?? 0.0 + discounted_{n}(order)
  }}
  return sorted(items(spent), key=fn(pair) => -pair[1])[:count]
}}

test "large orders are cheaper {n}" {{
  let order = {{id: 1, customer: "Ada", items: [{{name: "pen", price: 60.0, amount: 2}}], note: none}}
  assert subtotal_{n}(order) == 120.0
  assert discounted_{n}(order, limit=200.0) == 120.0, "no discount below the limit"
}}
""",
    """\
type Mood{n} = {{label: "positive" | "negative" | "neutral", score: float}}

let angry_words_{n} = ["never", "broken", "refund", "worst"]

## A rough guess at the mood of a text, from its words alone.
fn guess_{n}(text: str) -> Mood{n} {{
  let hits = 0
  for word in text.lower().split() {{
    if word.strip(".,!?") in angry_words_{n} {{ hits += 1 }}
  }}
  if hits > 1 {{ return {{label: "negative", score: min(1.0, 0.5 + hits / 10)}} }}
  return if text.ends_with("!") then {{label: "positive", score: 0.6}} else {{label: "neutral", score: 0.5}}
}}

fn headline_{n}(mood: Mood{n}, width: int = 40) -> str {{
  let title = match_title_{n}(mood.label)
  return pad_right("{{title}} ({{mood.score:.2f}})", width)
}}

fn match_title_{n}(label: str) -> str {{
  match label {{
    case "positive" {{ return "A happy customer" }}
    case "negative" {{ return "An angry customer" }}
    case _ {{ return "A customer" }}
  }}
}}

## Sorts reviews by mood and prints a line for each.
task triage_{n}(reviews: list[str] "one review per line", urgent: float = 0.9) -> {{total: int, angry: list[str]}} {{
  step "Score every review"
  let angry = []
  for review in reviews {{
    let mood = guess_{n}(review)
    if mood.label == "negative" and mood.score >= urgent {{
      angry.push(review)
    }}
    print(headline_{n}(mood))
  }}
  step "Report"
  print("{{len(angry)}} of {{len(reviews)}} reviews need an answer")
  return {{total: len(reviews), angry: angry}}
}}
""",
    """\
## The words of a text with where they stand.
fn positions_{n}(text: str) -> dict[list[int]] {{
  let index = {{}}
  for place, word in enumerate(text.lower().split()) {{
    let key = sub(word, '[^a-z]', "")
    if key == "" {{ continue }}
    if key not in index {{ index[key] = [] }}
    index[key].push(place)
  }}
  return index
}}

## The texts that hold every word of a question.
fn search_{n}(texts: list[str], question: str) -> list[str] {{
  let indexes = map(texts, fn(text) => positions_{n}(text))
  let words = question.lower().split()
  let found = []
  for text, index in zip(texts, indexes) {{
    if all(words, fn(word) => word in index) {{
      found.push(text)
    }}
  }}
  return found
}}

## How alike two texts are, from 0 to 1, by the words they share.
fn overlap_{n}(a: str, b: str) -> float {{
  let left, right = [keys(positions_{n}(a)), keys(positions_{n}(b))]
  let shared = [word for word in left if word in right]
  let all_words = unique(left + right)
  if len(all_words) == 0 {{ return 0.0 }}
  return len(shared) / len(all_words)
}}

fn safe_overlap_{n}(a: str?, b: str?) -> float {{
  if a == none or b == none {{ return 0.0 }}
  try {{
    return overlap_{n}(a, b)
  }} catch e {{
    warn("cannot compare: {{e.message}}")
  }}
  return 0.0
}}

test "search finds whole words {n}" {{
  assert search_{n}(["the red house", "a blue car"], "red") == ["the red house"]
  assert overlap_{n}("a b", "a b") == 1.0
}}
""",
    """\
## Reads `key = value` lines into a dict; later ones win.
fn settings_{n}(text: str) -> dict[str] {{
  let found = {{}}
  for line in lines(text) {{
    let bare = line.strip()
    if bare == "" or bare.starts_with("#") {{ continue }}
    let parts = bare.split("=")
    if len(parts) != 2 {{
      fail "this line is no setting: {{line}}"
    }}
    found[parts[0].strip()] = parts[1].strip()
  }}
  return found
}}

## Splits rows into pages and numbers them.
fn pages_{n}(rows: list[dict[any]], size: int = 20) -> list[any] {{
  let pages = []
  let number = 1
  for page in chunks(rows, size) {{
    pages.push({{number: number, rows: page, first: page[0].name ?? "unknown"}})
    number += 1
  }}
  return pages
}}

## The average of a field over those rows that have it.
fn average_{n}(rows: list[dict[any]], field: str) -> float? {{
  let values = []
  for row in rows {{
    if field in row {{
      let value = row[field]
      if type_of(value) == "int" or type_of(value) == "float" {{
        values.push(float(value))
      }}
    }}
  }}
  return if len(values) > 0 then sum(values) / len(values) else none
}}

fn describe_{n}(rows: list[dict[any]]) -> str {{
  let middle = average_{n}(rows, "score")
  if middle == none {{
    return "no scores in {{len(rows)}} rows"
  }}
  let grade = if middle > 0.8 then "good" else if middle > 0.5 then "fair" else "poor"
  return "{{len(rows)}} rows on {{len(pages_{n}(rows))}} pages, {{grade}} on average ({{middle:.1f}})"
}}
""",
)


def large_plan(lines: int) -> str:
    """A plan of `lines` lines, give or take a chapter, that passes the checker and prints one line when run."""
    text: list[str] = []
    length = 0
    number = 1
    while length < lines - 2:
        chapter = CHAPTERS[number % len(CHAPTERS)].format(n=number)
        text.append(chapter)
        length += chapter.count("\n") + 1
        number += 1
    return "\n".join(text) + '\nprint("ready")\n'
