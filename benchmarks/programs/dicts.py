"""A graph in a dict of lists, and the distance of each node from the first."""


def links(n: int) -> dict[int, list[int]]:
    graph = {}
    for node in range(n):
        graph[node] = []
    seed = 7
    for _ in range(n * 3):
        seed = (seed * 1103515245 + 12345) % 2147483648
        a = seed // 8 % n
        seed = (seed * 1103515245 + 12345) % 2147483648
        b = seed // 8 % n
        graph[a].append(b)
        graph[b].append(a)
    return graph


def distances(graph: dict[int, list[int]], start: int) -> dict[int, int]:
    distance = {start: 0}
    queue = [start]
    at = 0
    while at < len(queue):
        node = queue[at]
        at += 1
        for other in graph[node]:
            if other not in distance:
                distance[other] = distance[node] + 1
                queue.append(other)
    return distance


def main(n: int) -> list[int]:
    distance = distances(links(n), 0)
    total = 0
    histogram = {}
    for node, steps in distance.items():
        total += node * steps
        histogram[steps] = histogram.get(steps, 0) + 1
    return [len(distance), total, max(histogram.values())]
