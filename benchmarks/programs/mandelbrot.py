"""Points of the Mandelbrot set on a square: bare float arithmetic."""


def main(n: int) -> int:
    inside = 0
    for row in range(n):
        ci = 2.0 * row / n - 1.0
        for column in range(n):
            cr = 2.0 * column / n - 1.5
            zr = zi = 0.0
            turn = 0
            while turn < 50 and zr * zr + zi * zi <= 4.0:
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                turn += 1
            if turn == 50:
                inside += 1
    return inside
