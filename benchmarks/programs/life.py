"""Conway's Game of Life on a torus of 40 by 40 cells: a grid that is read and rewritten."""

SIZE = 40


def neighbours(grid: list[list[int]], row: int, column: int) -> int:
    total = 0
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            if dr != 0 or dc != 0:
                total += grid[(row + dr) % SIZE][(column + dc) % SIZE]
    return total


def next_generation(grid: list[list[int]]) -> list[list[int]]:
    after = [list(row) for row in grid]
    for row in range(SIZE):
        for column in range(SIZE):
            around = neighbours(grid, row, column)
            after[row][column] = 1 if around == 3 or (around == 2 and grid[row][column] == 1) else 0
    return after


def main(n: int) -> int:
    grid = [
        [1 if (row * row + column * 3 + row * column) % 7 < 3 else 0 for column in range(SIZE)] for row in range(SIZE)
    ]
    for _ in range(n):
        grid = next_generation(grid)
    alive = 0
    for row in grid:
        alive += sum(row)
    return alive
