"""The planets' orbits: floats in records that are changed in place."""

from math import sqrt


def start():
    return [
        {"x": 0.0, "y": 0.0, "z": 0.0, "vx": 0.0, "vy": 0.0, "vz": 0.0, "mass": 39.47841760435743},
        {
            "x": 4.84143144246472,
            "y": -1.16032004402742,
            "z": -0.10362204447112,
            "vx": 0.60632639299583,
            "vy": 2.81198684491626,
            "vz": -0.02521836165988,
            "mass": 0.03769367487038,
        },
        {
            "x": 8.34336671824458,
            "y": 4.12479856412430,
            "z": -0.40352341711432,
            "vx": -1.01077434617879,
            "vy": 1.82566237123041,
            "vz": 0.00841576137658,
            "mass": 0.01128632613196,
        },
        {
            "x": 12.89436956213913,
            "y": -15.11115140169863,
            "z": -0.22330757889265,
            "vx": 1.08279100644153,
            "vy": 0.86871301816960,
            "vz": -0.01083263740136,
            "mass": 0.00172372405705,
        },
        {
            "x": 15.37969711485091,
            "y": -25.91931460998796,
            "z": 0.17925877295037,
            "vx": 0.97909073224389,
            "vy": 0.59469899864767,
            "vz": -0.03475595555078,
            "mass": 0.00203368686992,
        },
    ]


def advance(bodies, dt: float) -> None:
    for i in range(len(bodies)):
        body = bodies[i]
        for j in range(i + 1, len(bodies)):
            other = bodies[j]
            dx = body["x"] - other["x"]
            dy = body["y"] - other["y"]
            dz = body["z"] - other["z"]
            square = dx * dx + dy * dy + dz * dz
            pull = dt / (square * sqrt(square))
            mine = body["mass"] * pull
            its = other["mass"] * pull
            body["vx"] -= dx * its
            body["vy"] -= dy * its
            body["vz"] -= dz * its
            other["vx"] += dx * mine
            other["vy"] += dy * mine
            other["vz"] += dz * mine
    for body in bodies:
        body["x"] += dt * body["vx"]
        body["y"] += dt * body["vy"]
        body["z"] += dt * body["vz"]


def energy(bodies) -> float:
    total = 0.0
    for i in range(len(bodies)):
        body = bodies[i]
        total += 0.5 * body["mass"] * (body["vx"] * body["vx"] + body["vy"] * body["vy"] + body["vz"] * body["vz"])
        for j in range(i + 1, len(bodies)):
            other = bodies[j]
            dx = body["x"] - other["x"]
            dy = body["y"] - other["y"]
            dz = body["z"] - other["z"]
            total -= body["mass"] * other["mass"] / sqrt(dx * dx + dy * dy + dz * dz)
    return total


def main(n: int) -> float:
    bodies = start()
    for _ in range(n):
        advance(bodies, 0.01)
    return energy(bodies)
