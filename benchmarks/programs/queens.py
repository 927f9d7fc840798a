"""Counts the ways to place n queens: recursion over growing lists."""


def is_safe(queens: list[int], column: int) -> bool:
    row = len(queens)
    for i in range(row):
        other = queens[i]
        if other == column or other - column == row - i or column - other == row - i:
            return False
    return True


def place(queens: list[int], n: int) -> int:
    if len(queens) == n:
        return 1
    ways = 0
    for column in range(n):
        if is_safe(queens, column):
            ways += place([*queens, column], n)
    return ways


def main(n: int) -> int:
    return place([], n)
