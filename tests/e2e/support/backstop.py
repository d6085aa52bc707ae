"""A stand-in for obfuscurity's backstop, as its documentation and code have it: Basic auth, prefixes, the errors
for wrong bodies, and its fault: an answer of 200 although carbon did not get the points.

    with Backstop(user="joe", password="secret", prefixes=["docker"]) as backstop:
        backstop.url("/publish/docker")
        backstop.lines                     # what carbon has, as "name value time"
"""

import base64
import gzip
import json

from . import http_stub


class Handler(http_stub.Handler):
    def do_POST(self):
        self.answer(*self.stub.publish(self.path, self.headers, self.body()))


class Backstop(http_stub.HttpStub):
    handler = Handler

    def __init__(self, user="joe", password="secret", prefixes=("docker",), certificate=None):
        super().__init__(certificate)
        self.lines = []
        self.requests = 0
        self.packed = 0  # so many of them
        self.unpacks = True  # the real one does not, and finds no JSON
        self.packed_status = None  # what it says to packed ones instead, as servers do that look at the header
        self.lose_requests = 0  # so many more get 200, and carbon nothing
        self.fail_requests = 0  # then so many get 500
        self.refuse_names = ()  # what contains one of these gets 400
        self.prefixes = prefixes
        self._login = f"{user}:{password}"

    def url(self, path, host="127.0.0.1"):
        return f"{self.scheme}://{self._login}@{host}:{self.port}{path}"

    def publish(self, path, headers, body):
        self.requests += 1
        if headers["Authorization"] != "Basic " + base64.b64encode(self._login.encode()).decode():
            return 401, "Not authorized\n"
        if headers["Content-Encoding"] == "gzip":
            self.packed += 1
            if self.packed_status:
                return self.packed_status, "Unsupported Media Type"
            body = gzip.decompress(body) if self.unpacks else body
        try:
            records = json.loads(body)
        except ValueError:
            return 400, "JSON is required"
        name = path.removeprefix("/publish/")
        if name not in self.prefixes:
            return 404, "unknown prefix"
        if self.lose_requests > 0:
            self.lose_requests -= 1
            return 200, "ok"
        if self.fail_requests > 0:
            self.fail_requests -= 1
            return 500, "Internal Server Error"
        for record in records:
            if any(not record.get(key) and record.get(key) not in (0, "") for key in ("metric", "value", "measure_time")):
                return 400, "missing fields"
            if any(refused in record["metric"] for refused in self.refuse_names):
                return 400, "missing fields"
            self.lines.append(f"{name}.{record['metric']} {record['value']} {record['measure_time']}")
        return 200, "ok"
