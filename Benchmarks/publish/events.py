"""Events a second of a service that finds COUNT facts in its store, from its connection to the last event in the queue.

    events.py PORT CROND COUNT        prints `events<tab>RATE`; with `size` in place of COUNT the bytes of such an event
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

import pika

port, crond, what = sys.argv[1:]
count = 1 if what == "size" else int(what)
folder = tempfile.mkdtemp(prefix="crond-events-")
table, store = f"{folder}/table", f"{folder}/store.db"
with open(table, "w") as file:
    for job in range(10):
        file.write(f"# crond: name=nightly-report-{job}\n0 0 1 1 * true\n")
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
channel = connection.channel()
channel.exchange_declare("events", "topic", durable=True)
channel.queue_declare("events", durable=True)
channel.queue_bind("events", "events", "crond.#")
channel.queue_purge("events")
command = [crond, "run", table, "--format", "user", "--store", f"sqlite:{store}", "--socket", "none", "--amqp", f"amqp://127.0.0.1:{port}",
           "--events", "events", "--log-format", "json"]


def service():
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def wait(running, message):
    for line in running.stderr:
        if message in line:
            return
    sys.exit(f"the service ended before it said: {message}")


# A first life makes the store; then it is given facts, as if a broker had been away for long.
first = service()
wait(first, '"ready"')
time.sleep(0.5)
first.terminate()
first.wait()
channel.queue_purge("events")
database = sqlite3.connect(store)
database.executemany(
    "INSERT INTO fact(at, job, kind, fire, token, attempt, outcome, first, count) VALUES(?, ?, 0, ?, 0, 1, 'succeeded', ?, 1)",
    [(1700000000000000000 + n, f"nightly-report-{n % 10}", 1700000000 + n, 1700000000 + n) for n in range(count)])
database.commit()
database.close()
second = service()
wait(second, '"ready"')
began = time.monotonic()
while channel.queue_declare("events", passive=True).method.message_count < count:
    time.sleep(0.005)
length = time.monotonic() - began
if what == "size":
    print(len(channel.basic_get("events", auto_ack=True)[2]))
else:
    print(f"events\t{int(count / length)}")
second.terminate()
second.wait()
connection.close()
