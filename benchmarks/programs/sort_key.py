"""Sorts records by a field, by a computed number, and by two fields."""


def people(n: int):
    everyone = []
    seed = 42
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        everyone.append({"name": f"p{seed % 100003}", "team": seed % 17, "score": seed % 1009})
    return everyone


def main(n: int) -> list[str]:
    everyone = people(n)
    by_name = sorted(everyone, key=lambda p: p["name"])
    by_rank = sorted(everyone, key=lambda p: -p["score"] * 2 + p["team"])
    by_team = sorted(everyone, key=lambda p: (p["team"], p["name"]))
    return [by_name[0]["name"], by_rank[0]["name"], by_team[0]["name"], by_team[n - 1]["name"]]
