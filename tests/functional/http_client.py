"""A small HTTP client for tests: it keeps every byte and header, and can send what no proper client would."""
import http.client
import json
import socket


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = [(name.lower(), value) for name, value in headers]
        self.body = body

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json()["error"]

    def events(self):
        """Payloads of an event stream's data lines."""
        return [block[len(b"data: "):].decode() for block in self.body.split(b"\n\n") if block.startswith(b"data: ")]

    def text(self):
        """What the deltas of a chat stream say."""
        chunks = [json.loads(event) for event in self.events() if event != "[DONE]"]
        return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", []))

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


def call(port, method, path, body=None, token=None, headers=None, timeout=15):
    """One request on a connection of its own. A body that is no bytes object is sent as JSON."""
    sent = {"Content-Type": "application/json"} if body is not None else {}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    for name, value in (headers or {}).items():
        if value is None:
            sent.pop(name, None)
        else:
            sent[name] = value
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def chat(model="gpt-4o-mini", content="Which track?", **members):
    """The body of a chat request."""
    return {"model": model, "messages": [{"role": "user", "content": content}], **members}


class _Reader:
    """One buffered reader for all answers of a connection: pipelined ones may lie in it together."""

    def __init__(self, connection):
        self.file = connection.makefile("rb")

    def makefile(self, *_):
        return self

    def close(self):
        pass

    def __getattr__(self, name):
        return getattr(self.file, name)


class RawConnection:
    """A socket that sends any bytes and reads proper answers."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.reader = _Reader(self.socket)

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        """The next answer. ConnectionError if the gateway closes instead."""
        answer = http.client.HTTPResponse(self.reader)
        try:
            answer.begin()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            answer.close()

    def closed_by_gateway(self, timeout=10):
        """Whether the gateway closes the connection in time; reads and forgets what comes before."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.reader.file.close()  # a socket stays open as long as a file made from it
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def raw(port, data, timeout=10):
    """Sends bytes on a connection of its own; its first answer."""
    with RawConnection(port, timeout) as connection:
        return connection.send(data).answer()
