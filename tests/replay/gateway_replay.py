#!/usr/bin/env python3
"""gateway_replay.py BUILD FOLDER...: recorded answers through the whole gateway.

An upstream serves each recorded answer in random cuts; the real binary with the real plug-in stands in front of it; a client
compares the bytes. Exit code 0: all the same, 1: not, 77: there are no recordings.
"""
import http.client
import http.server
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support" / "python"))

from switchyard_tests.gateway import Gateway  # noqa: E402
from switchyard_tests.processes import wait_until  # noqa: E402

ROUNDS = 3
PATHS = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Which track?"}]}),
    "completion": ("/v1/completions", {"prompt": "Which track?"}),
    "embeddings": ("/v1/embeddings", {"input": "Which track?"}),
    "moderation": ("/v1/moderations", {"input": "Which track?"}),
}


class Recording:
    def __init__(self, path):
        vector = json.loads(pathlib.Path(path).read_text())
        self.name = f"{vector['provider']}/{pathlib.Path(path).stem}"
        self.error = vector["operation"] == "error"
        operation = vector["attempted_operation"] if self.error else vector["operation"]
        self.stream = operation.endswith("_stream")
        self.operation = operation.removesuffix("_stream")
        self.status = vector["response"]["status"]
        self.headers = vector["response"].get("headers") or {}
        self.body = vector["response"]["body"].encode()

    def expected(self, asked):
        """What a client gets that asked for usage in its stream, or did not."""
        if not self.stream:
            return self.body
        frames = re.findall(rb".*?(?:\r\n\r\n|\n\n|\r\r)|.+\Z", self.body, re.S)
        kept = b"".join(frame for frame in frames if asked or not is_usage_chunk(frame))
        done = any(data_of(frame) == b"[DONE]" for frame in frames)
        return kept if done else kept + b"data: [DONE]\n\n"


def data_of(frame):
    lines = [line[5:].removeprefix(b" ") for line in re.split(rb"\r\n|\n|\r", frame) if line.startswith(b"data:")]
    return b"\n".join(lines)


def is_usage_chunk(frame):
    try:
        chunk = json.loads(data_of(frame))
    except ValueError:
        return False
    return isinstance(chunk, dict) and isinstance(chunk.get("usage"), dict) and not chunk.get("choices")


class Upstream(http.server.ThreadingHTTPServer):
    """Serves the recording that the query names, cut as the query's seed says."""

    daemon_threads = True

    def __init__(self, recordings):
        super().__init__(("127.0.0.1", 0), Handler)
        self.recordings = recordings
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A gateway that has seen an error in a stream hangs up: that is no fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        recording = self.server.recordings[int(query["recording"][0])]
        chance = random.Random(int(query["seed"][0]))
        chunked = chance.random() < 0.5
        self.send_response(recording.status)
        self.send_header("Content-Type", recording.headers.get("content-type", "text/event-stream" if recording.stream else "application/json"))
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(recording.body)))))
        self.end_headers()
        cuts = sorted(chance.randrange(len(recording.body) + 1) for _ in range(chance.randrange(40)))
        for begin, end in zip([0, *cuts], [*cuts, len(recording.body)]):
            piece = recording.body[begin:end]
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def ask(port, token, recording, number, seed, asked):
    path, members = PATHS[recording.operation]
    body = {"model": "recorded", **members}
    if recording.stream:
        body["stream"] = True
        if asked:
            body["stream_options"] = {"include_usage": True}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", f"{path}?recording={number}&seed={seed}", json.dumps(body),
                           {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def fault(recording, status, body, asked):
    """What is wrong with an answer; None: nothing."""
    if recording.error and recording.status >= 400:
        if status != recording.status:
            return f"status {status} in place of {recording.status}: {body[:300]!r}"
        return None if json.loads(body)["error"]["message"] else "an error without a message"
    if recording.error:
        return None if b'"error"' in body else f"the recorded error did not arrive: {status} {body[-300:]!r}"
    if status != 200:
        return f"status {status}: {body[:300]!r}"
    expected = recording.expected(asked)
    if body == expected:
        return None
    at = next((i for i, (a, b) in enumerate(zip(body, expected)) if a != b), min(len(body), len(expected)))
    return f"the bytes differ from {at} on: {body[at:at + 60]!r} in place of {expected[at:at + 60]!r}"


def main(build, folders):
    build = pathlib.Path(build).resolve()
    tool = [str(build / "tests" / "replay_exchanges"), "--names", *folders]
    listing = subprocess.run(tool, capture_output=True, text=True, timeout=120)
    if listing.returncode != 0:
        print(listing.stdout, listing.stderr)
        return listing.returncode
    recordings = [Recording(path) for path in listing.stdout.splitlines()]
    recordings = [recording for recording in recordings if recording.operation in PATHS]  # the gateway lists models itself
    folder = pathlib.Path(tempfile.mkdtemp(prefix="switchyard-replay-"))
    upstream = Upstream(recordings)
    faults = answers = 0
    try:
        gateway = Gateway(build, folder / "gateway")
        token = gateway.add_token()
        gateway.add_channel("recorded", ["recorded"], upstream.url)
        with gateway:
            # A plug-in that was never seen is checked first; the listener does not wait for that.
            wait_until(lambda: ask(gateway.port, token, recordings[0], 0, 0, True)[0] != 503, "the plug-in is loaded", 20)
            for number, recording in enumerate(recordings):
                for seed in range(ROUNDS):
                    for asked in (True, False) if recording.stream else (True,):
                        status, body = ask(gateway.port, token, recording, number, seed, asked)
                        answers += 1
                        wrong = fault(recording, status, body, asked)
                        if wrong:
                            faults += 1
                            print(f"FAULT {recording.name} (seed {seed}, usage {'' if asked else 'not '}asked for): {wrong}")
    finally:
        upstream.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(recordings)} recordings, {answers} answers through the gateway, {faults} faults")
    return 1 if faults or not answers else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
