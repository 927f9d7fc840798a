"""The cache of answers in several processes at once, killed ones included, and on a disk that is full."""

import signal
import subprocess
import sys

from planlang.runtime.answer_cache import AnswerCache

WRITER = """
import sys
from pathlib import Path
from planlang.runtime.answer_cache import AnswerCache
folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
cache = AnswerCache(folder, limit=int(sys.argv[4]))
wrong = 0
for start in range(first, first + count, 20):
    cache.put([(n.to_bytes(16, "big"), b"%d" % n * 5, f"f{n % 3}", "m") for n in range(start, start + 20)])
    for n in range(start - 100, start + 20):
        wrong += n > 0 and cache.get(n.to_bytes(16, "big")) not in (None, b"%d" % n * 5)
    if start == first:
        print("begun", flush=True)
cache.close()
print(wrong, cache.trouble)
"""


def writer(folder, first, count, limit=10**9):
    words = [sys.executable, "-P", "-c", WRITER, str(folder), str(first), str(count), str(limit)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_several_processes_fill_one_cache(tmp_path):
    processes = [writer(tmp_path, first, 600) for first in (0, 300, 600)]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert ["begun\n0 \n"] * 3 == said
    cache = AnswerCache(tmp_path)
    assert [b"%d" % n * 5 for n in range(1200)] == [cache.get(n.to_bytes(16, "big")) for n in range(1200)]


def test_several_processes_stay_within_the_limit(tmp_path):
    processes = [writer(tmp_path, first, 1000, limit=50_000) for first in (0, 1000)]
    assert ["begun\n0 \n"] * 2 == [process.communicate(timeout=60)[0] for process in processes]
    cache = AnswerCache(tmp_path)
    cache.get(b"")
    assert 0 < cache._database.size <= 50_000


def test_a_process_that_is_killed_while_it_writes_leaves_a_good_cache(tmp_path):
    for turn in range(4):
        process = writer(tmp_path, turn * 5000, 200_000)
        assert "begun\n" == process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    cache = AnswerCache(tmp_path)
    found = [cache.get(n.to_bytes(16, "big")) for n in range(25_000)]
    assert {True} == {value in (None, b"%d" % n * 5) for n, value in enumerate(found)}
    assert [b"%d" % n * 5 for n in range(20)] == found[:20]
    assert "" == cache.trouble


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
"""


def test_a_full_disk_switches_it_off_with_one_sentence(tmp_path):
    """A bound on the size of files stands in for a disk that has no room left."""
    words = [sys.executable, "-P", "-c", FULL + WRITER, str(tmp_path), "0", "30000", str(10**9)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("begun\n0 the cache of answers is not used (")
    assert "" == done.stderr
