"""An upstream in trouble: each way ends with an error that names channel and cause, or with the next candidate's answer."""
import json
import os
import socket
import time
import unittest

from cases import BUILD, GatewayCase
from http_client import RawConnection, call, chat
from switchyard_tests.processes import free_port, open_descriptors, rss_kib

SANITIZED_BUILD = "san" in BUILD.name
# What the mock upstream does, before anything of the answer has reached the client.
BEFORE = ["reset", "garbage", "endless-head", "status:500", "status:503:html", "status:502:empty"]
BEFORE_STREAM = BEFORE + ["error-200", "json-for-stream"]
BEFORE_WHOLE = BEFORE + ["error-200", "cut-body"]
MIDWAY = ["cut-mid", "reset-mid", "error-mid", "no-done"]


class Alone(GatewayCase):
    """One channel, nothing to fall back on."""

    @classmethod
    def prepare(cls):
        super().prepare()
        scripts = sorted({*BEFORE_STREAM, *BEFORE_WHOLE, *MIDWAY, "megaline", "gzip", "drip", "interim", "close", "stale", "redirect",
                          "status:400", "status:401", "status:429", "status:500:string", "status:500:flat", "big:3000000"})
        cls.gateway.add_channel("troubled", ["mock:" + script for script in scripts], cls.mock.url())
        cls.gateway.add_channel("refusing", ["refusing"], f"http://127.0.0.1:{free_port()}")
        cls.gateway.add_channel("nowhere", ["nowhere"], "http://no-such-host.invalid")
        cls.gateway.add_channel("no-tls", ["no-tls"], f"https://127.0.0.1:{cls.mock.port}")

    def failed(self, answer, channel):
        self.assertGreaterEqual(answer.status, 500, answer)
        error = self.assertError(answer, answer.status)
        self.assertIn(channel, error["message"])

    def test_no_connection(self):
        for model in ("refusing", "nowhere", "no-tls"):
            for stream in (False, True):
                with self.subTest(model, stream=stream):
                    self.failed(self.post_chat(model, stream=stream), model)

    def test_whole_answers(self):
        for script in BEFORE_WHOLE:
            with self.subTest(script):
                self.failed(self.post_chat("mock:" + script), "troubled")

    def test_streams_before_the_first_word(self):
        for script in BEFORE_STREAM:
            with self.subTest(script):
                self.failed(self.post_chat("mock:" + script, stream=True), "troubled")

    def test_streams_midway(self):
        """The words that came stay; then an error event says what happened, and nothing pretends to be a good end."""
        for script in MIDWAY:
            with self.subTest(script):
                answer = self.post_chat("mock:" + script, stream=True)
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.text().startswith(" wagons roll over"), answer)
                errors = [json.loads(event)["error"] for event in answer.events() if event.startswith('{"error"')]
                if script == "no-done":
                    # The upstream finished its answer and only forgot to say so: the gateway says it.
                    self.assertEqual((errors, answer.events()[-1]), ([], "[DONE]"))
                else:
                    self.assertEqual(len(errors), 1, answer)
                    self.assertTrue(errors[0]["message"])

    def test_what_the_upstream_said_is_kept(self):
        for status, kind, code in ((400, "invalid_request_error", "invalid_value"), (401, "invalid_request_error", "invalid_api_key"),
                                   (429, "requests", "rate_limit_exceeded")):
            for stream in (False, True):
                answer = self.post_chat(f"mock:status:{status}", stream=stream)
                self.assertError(answer, status, kind, code)
        self.assertEqual(self.post_chat("mock:status:429").header("retry-after"), "7")

    def test_other_forms_of_errors(self):
        # A vendor's own code is kept where it sent one, outside an OpenAI error object too.
        for form, code in (("string", "bad_response_status_code"), ("flat", "7")):
            error = self.assertError(self.post_chat(f"mock:status:500:{form}"), 500, "upstream_error", code)
            self.assertIn("mock upstream says no", error["message"])
            self.assertEqual(error["param"], "500")
        for form in ("503:html", "502:empty"):
            status = int(form[:3])
            self.assertError(self.post_chat(f"mock:status:{form}"), status, "upstream_error", "bad_response_status_code")

    def test_redirects_are_not_followed(self):
        self.failed_redirect = self.post_chat("mock:redirect")
        self.assertGreaterEqual(self.failed_redirect.status, 300)
        self.assertEqual(len(self.mock.requests()), 1)

    def test_oddities_that_work(self):
        direct = call(self.mock.port, "POST", "/v1/chat/completions", chat())
        for script in ("gzip", "drip", "interim", "close", "stale"):
            for stream in (False, True):
                with self.subTest(script, stream=stream):
                    answer = self.post_chat("mock:" + script, stream=stream)
                    self.assertEqual(answer.status, 200, answer)
                    if stream:
                        self.assertEqual(answer.events()[-1], "[DONE]")
                        self.assertEqual(answer.text(), " wagons roll over the hump and find their")
                    else:
                        self.assertEqual(answer.body, direct.body)
                    self.assertIsNone(answer.header("content-encoding"))

    def test_a_connection_that_was_closed_behind_our_back(self):
        """A pooled connection that the upstream has closed costs nobody an answer."""
        for _ in range(20):
            self.assertEqual(self.post_chat("mock:stale").status, 200)

    def test_a_line_of_a_megabyte(self):
        answer = self.post_chat("mock:megaline", stream=True)
        self.assertEqual(answer.text(), "m" * (1 << 20))

    def test_a_large_answer(self):
        self.assertEqual(len(self.post_chat("mock:big:3000000").json()["choices"][0]["message"]["content"]), 3000000)


class Silence(GatewayCase):
    """Deadlines: an upstream that says nothing is not waited for without end."""

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("silent", ["mock:hang-head", "mock:hang-mid"], cls.mock.url())
        config = cls.folder / "deadlines.properties"
        config.write_text("first-byte-timeout = 1s\nstall-timeout = 1s\n")
        cls.gateway.arguments += ["--config", str(config)]

    def test_no_head(self):
        answer = self.post_chat("mock:hang-head")
        self.assertIn("silent", self.assertError(answer, 504)["message"])

    def test_silence_in_the_middle(self):
        answer = self.post_chat("mock:hang-mid", stream=True)
        self.assertEqual(answer.status, 200)
        self.assertEqual([event.startswith('{"error"') for event in answer.events()].count(True), 1, answer)


class NextCandidate(GatewayCase):
    """A channel in trouble in front of one that works."""

    @classmethod
    def prepare(cls):
        cls.gateway.sql("INSERT OR REPLACE INTO options (key, value) VALUES ('RetryTimes', '3')")
        cls.scripts = sorted({*BEFORE_STREAM, *BEFORE_WHOLE, "status:429", "status:401", "status:404"})
        for script in cls.scripts:
            cls.gateway.add_channel("bad " + script, ["over " + script], cls.mock.url(script), priority=10)
        cls.gateway.add_channel("refusing", ["over refused"], f"http://127.0.0.1:{free_port()}", priority=10)
        cls.gateway.add_channel("bad cut-mid", ["over cut-mid"], cls.mock.url("cut-mid"), priority=10)
        cls.gateway.add_channel("bad 400", ["over 400"], cls.mock.url("status:400"), priority=10)
        cls.gateway.add_channel("good", [f"over {script}" for script in (*cls.scripts, "refused", "cut-mid", "400")], cls.mock.url(), priority=0)

    def test_its_answer_arrives(self):
        for script in (*self.scripts, "refused"):
            for stream in (False, True):
                if (script == "json-for-stream" and not stream) or (script == "cut-body" and stream):
                    continue
                with self.subTest(script, stream=stream):
                    answer = self.post_chat(f"over {script}", stream=stream)
                    self.assertEqual(answer.status, 200, answer)
                    self.assertNotIn(b"error", answer.body)

    def test_not_after_the_first_word(self):
        answer = self.post_chat("over cut-mid", stream=True)
        self.assertEqual(answer.text(), " wagons roll over")
        self.assertEqual(len(self.mock.requests()), 1)

    def test_not_where_the_request_is_at_fault(self):
        self.assertError(self.post_chat("over 400"), 400)
        self.assertEqual(len(self.mock.requests()), 1)


class Leaks(GatewayCase):
    """After thousands of failures of every kind nothing is left: no descriptor, no memory. In soak it is ten thousand."""

    FAILURES = int(os.environ.get("SWITCHYARD_FAILURES", "2000"))
    MEMORY_KIB = 1024
    # As many rows as fill the database's page caches: before that memory grows by what they may hold.
    WARM_UP = 500 if SANITIZED_BUILD else 4000

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.kinds = ["reset", "garbage", "cut-mid", "reset-mid", "error-200", "status:500", "cut-body"]
        cls.gateway.add_channel("troubled", ["mock:" + kind for kind in cls.kinds], cls.mock.url())
        cls.gateway.add_channel("refusing", ["refusing"], f"http://127.0.0.1:{free_port()}")

    def fail_often(self, times):
        """Each kind in turn, a round of streams, then a round of whole answers."""
        models = ["mock:" + kind for kind in self.kinds] + ["refusing"]
        for number in range(times):
            model, stream = models[number % len(models)], number // len(models) % 2 == 0
            answer = self.post_chat(model, stream=stream)
            self.assertIn(b'"error"', answer.body, f"{model}, stream {stream}: {answer}")
            if number % 200 == 0:
                self.mock.forget()

    def standing(self):
        return rss_kib(self.gateway.pid), open_descriptors(self.gateway.pid)

    def test_flat(self):
        self.fail_often(self.WARM_UP)
        memory, descriptors = self.standing()
        self.fail_often(self.FAILURES)
        self.eventually(lambda: open_descriptors(self.gateway.pid) <= descriptors + 2, "the descriptors return to where they were")
        memory_after, descriptors_after = self.standing()
        print(f"{self.FAILURES} failures: RSS {memory} -> {memory_after} KiB, descriptors {descriptors} -> {descriptors_after}")
        if not SANITIZED_BUILD:
            self.assertLess(memory_after - memory, self.MEMORY_KIB)


class SlowReader(GatewayCase):
    """A client that does not read, in front of an upstream that does not stop: the gateway holds the upstream back."""

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("fast", ["mock:flood:200000000", "mock:status:500"], cls.mock.url())

    def test_memory_is_bounded(self):
        body = json.dumps(chat("mock:flood:200000000", stream=True)).encode()
        self.post_chat("mock:status:500", stream=True)  # the first stream has the table of tokens unpacked
        before = rss_kib(self.gateway.pid)
        self.last_sent, self.last_change = 0, time.monotonic()
        connections = []
        for _ in range(8):
            connection = RawConnection(self.gateway.port)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.send((f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                             f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
            self.assertTrue(connection.socket.recv(1000).startswith(b"HTTP/1.1 200"))
            connections.append(connection)
        try:
            # The upstream has sent what the buffers on the way hold, and then waits: nothing moves any more.
            self.eventually(self.stands_still, "the upstream is held back", 20)
            if not SANITIZED_BUILD:
                self.assertLess(rss_kib(self.gateway.pid) - before, 8 * 1024)
            self.assertEqual(self.call("GET", "/api/status", token=None).status, 200)
        finally:
            for connection in connections:
                connection.close()

    def stands_still(self):
        """Whether the upstream has got rid of nothing for half a second."""
        sent, now = self.mock.counters()["bytes_out"], time.monotonic()
        if sent - self.last_sent > 20000:  # the answers to this very question count too, some 160 bytes each
            self.last_sent, self.last_change = sent, now
        return now - self.last_change > 0.5


if __name__ == "__main__":
    unittest.main()
