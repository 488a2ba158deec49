"""The legacy service's way: a connection for each notice, no confirms. `legacy.py PORT QUEUE COUNT` prints notices a second; `declare` and `purge` are
for the benchmark."""

import sys
import time

import pika

port, queue, what = sys.argv[1:]
parameters = pika.ConnectionParameters("127.0.0.1", int(port))

if what in ("declare", "purge"):
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.queue_declare(queue=queue, durable=True)
    channel.queue_purge(queue=queue)
    connection.close()
    sys.exit()

count = int(what)
began = time.monotonic()
for number in range(count):
    connection = pika.BlockingConnection(parameters)
    connection.channel().basic_publish(exchange="", routing_key=queue, body=b"x" * 200)
    connection.close()
print(f"legacy\t{int(count / (time.monotonic() - began))}")
