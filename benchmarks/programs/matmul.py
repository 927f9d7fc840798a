"""Multiplies two square matrices held as lists of rows."""


def multiply(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    n = len(a)
    product = []
    for i in range(n):
        row = []
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i][k] * b[k][j]
            row.append(total)
        product.append(row)
    return product


def main(n: int) -> float:
    a = [[(i * j) % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 - 0.5 for j in range(n)] for i in range(n)]
    product = multiply(a, b)
    trace = 0.0
    for i in range(n):
        trace += product[i][i]
    return trace
