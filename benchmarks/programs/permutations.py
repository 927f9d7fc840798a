"""All orders of a list, by recursion over slices."""


def permutations(xs: list[int]) -> list[list[int]]:
    if len(xs) <= 1:
        return [xs]
    found = []
    for i in range(len(xs)):
        for rest in permutations(xs[:i] + xs[i + 1 :]):
            found.append([xs[i], *rest])  # noqa: PERF401 - as in the other languages
    return found


def main(n: int) -> list[int]:
    xs = list(range(n))
    inversions = 0
    everything = permutations(xs)
    for order in everything:
        if order[0] > order[n - 1]:
            inversions += 1
    return [len(everything), inversions]
