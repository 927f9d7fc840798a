"""Two nested loops over whole numbers."""


def main(n: int) -> int:
    total = 0
    for i in range(n):
        for j in range(n):
            if (i + j) % 3 == 0:
                total += i * j
            else:
                total -= j
    return total
