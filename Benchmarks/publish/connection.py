"""What a connection to a broker costs a service that has nothing to do: memory, threads and switches a minute, beside the same service without.

    connection.py PORT CROND
"""

import glob
import os
import subprocess
import sys
import tempfile
import time

import pika

port, crond = sys.argv[1:]
folder = tempfile.mkdtemp(prefix="crond-connection-")
with open(f"{folder}/table", "w") as file:
    file.write("0 0 1 1 * true\n")
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
connection.channel().exchange_declare("events", "topic", durable=True)
connection.close()
broker = ["--amqp", f"amqp://127.0.0.1:{port}"]
kinds = {"no broker": [], "a broker": broker, "a broker, events": broker + ["--events", "events"]}
services = {}
for number, (kind, more) in enumerate(kinds.items()):
    services[kind] = subprocess.Popen(
        [crond, "run", f"{folder}/table", "--format", "user", "--store", f"sqlite:{folder}/{number}.db", "--socket", "none"] + more,
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def proportional(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def switches(pid):
    count = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path) as file:
            count += sum(int(line.split()[1]) for line in file if "voluntary_ctxt" in line)
    return count


time.sleep(15)
before = {kind: switches(service.pid) for kind, service in services.items()}
time.sleep(120)
for kind, service in services.items():
    rate = (switches(service.pid) - before[kind]) / 2
    threads = len(os.listdir(f"/proc/{service.pid}/task"))
    print(f"connection ({kind})\tPSS {proportional(service.pid):.1f} MB, {threads} threads, {rate:.0f} switches a minute")
for service in services.values():
    service.terminate()
    service.wait()
