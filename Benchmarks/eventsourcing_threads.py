#!/usr/bin/env python3
"""64 threads, each one durable insert at a time with an expected version, into eventsourcing on SQLite.

    eventsourcing_threads.py FILE COUNT THREADS      prints inserts a second

Needs the package `eventsourcing` (measured with 9.5.6). Each thread has an aggregate of its own, as each
caller of the ledger's side has a stream of its own; SQLite is as the package opens it, with synchronous=FULL.
"""
import json
import sys
import threading
import time
import uuid

from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.utils import Environment


def main(path, count, callers):
    settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    recorder = InfrastructureFactory.construct(Environment("bench", settings)).application_recorder()
    body = json.dumps({"message": "fix the cache header of the page " * 6}).encode()
    share = count // callers
    begin = threading.Barrier(callers + 1)

    def insert():
        aggregate = uuid.uuid4()
        begin.wait()
        for version in range(1, share + 1):
            recorder.insert_events([StoredEvent(aggregate, version, "deploy.finished", body)])

    threads = [threading.Thread(target=insert) for _ in range(callers)]
    for thread in threads:
        thread.start()
    begin.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    print(share * callers / (time.perf_counter() - start))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
