"""Builds text piece by piece, joins it, and goes through it by character."""


def main(n: int) -> list[int]:
    lines = []
    for i in range(n):
        line = ""
        for j in range(10):
            line += f"{i}:{i * j};"
        lines.append(line + "end of line " + str(i))
    text = "\n".join(lines)
    vowels = 0
    for letter in text:
        if letter in "aeiou":
            vowels += 1
    shouted = text.replace("line", "row").upper()
    return [len(text), vowels, len(shouted)]
