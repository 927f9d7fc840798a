"""The sieve of Eratosthenes: changing elements of a long list."""


def main(n: int) -> int:
    prime = [True] * (n + 1)
    i = 2
    while i * i <= n:
        if prime[i]:
            for j in range(i * i, n + 1, i):
                prime[j] = False
        i += 1
    found = 0
    for k in range(2, n + 1):
        if prime[k]:
            found += 1
    return found
