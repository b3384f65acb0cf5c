"""Puts files to an S3 endpoint and does nothing else: the ceiling for any client.

Usage: bare_puts.py FOLDER BUCKET. The bodies go from the disk to the socket inside of the kernel; nothing is signed,
hashed or looked up. The endpoint must not ask for signatures.
"""

import http.client
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import local
from urllib.parse import urlsplit

AT_ONCE = 32

connections = local()
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])


def put(folder, bucket, name):
    if not hasattr(connections, "own"):
        connections.own = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
    connection = connections.own
    with open(os.path.join(folder, name), "rb") as body:
        connection.putrequest("PUT", f"/{bucket}/{name}")
        connection.putheader("Content-Length", str(os.fstat(body.fileno()).st_size))
        connection.endheaders()
        connection.sock.sendfile(body)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        sys.exit(f"{name}: {answer.status}")


def main():
    folder, bucket = sys.argv[1:]
    names = sorted(name for name in os.listdir(folder) if name.startswith("asset."))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: put(folder, bucket, name), names))


main()
