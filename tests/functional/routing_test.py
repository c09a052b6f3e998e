"""Which channel answers, what happens when it cannot, and that a client who leaves stops the upstream."""
import collections
import json
import unittest

from cases import GatewayCase
from http_client import RawConnection, call, chat
from switchyard_tests.mock import header_of


class Priorities(GatewayCase):
    @classmethod
    def prepare(cls):
        add, url = cls.gateway.add_channel, cls.mock.url
        add("low", ["ranked"], url(), key="key-low", priority=-5)
        add("high", ["ranked"], url(), key="key-high", priority=7)
        add("light", ["weighed"], url(), key="key-light", weight=1)
        add("heavy", ["weighed"], url(), key="key-heavy", weight=9)
        add("zero-1", ["zeros"], url(), key="key-zero-1", priority=0)
        add("zero-2", ["zeros"], url(), key="key-zero-2", priority=-1)

    def who_answers(self, model, times):
        self.mock.forget()
        for _ in range(times):
            self.assertEqual(self.post_chat(model).status, 200)
        return collections.Counter(header_of(event, "authorization").removeprefix("Bearer key-") for event in self.mock.requests())

    def test_highest_priority(self):
        self.assertEqual(self.who_answers("ranked", 30), {"high": 30})

    def test_priority_counts_below_zero_too(self):
        self.assertEqual(self.who_answers("zeros", 30), {"zero-1": 30})

    def test_weights(self):
        """Nine to one: of 300 between 15 and 50 go to the light one, or chance is one in many millions."""
        counted = self.who_answers("weighed", 300)
        self.assertEqual(sum(counted.values()), 300)
        self.assertTrue(8 <= counted["light"] <= 70, counted)


class Retry(GatewayCase):
    @classmethod
    def prepare(cls):
        add, url = cls.gateway.add_channel, cls.mock.url
        cls.gateway.sql("INSERT OR REPLACE INTO options (key, value) VALUES ('RetryTimes', '2')")
        for number in range(5):
            add(f"failing-{number}", ["hopeless"], url("status:503"), key=f"key-{number}", priority=10 - number)
        for number, script in enumerate(("status:500", "status:429", "")):
            add(f"walk-{number}", ["walk"], url(script), key=f"key-{number}", priority=10 - number)
        add("prompted", ["prompts"], url("status:500"), priority=5)
        cls.gateway.sql("UPDATE channels SET system_prompt = 'first channel only' WHERE name = 'prompted'")
        add("unprompted", ["prompts"], url(), priority=1)

    def keys(self):
        return [header_of(event, "authorization") for event in self.mock.requests()]

    def test_downward_through_priorities(self):
        self.assertEqual(self.post_chat("walk").status, 200)
        self.assertEqual(self.keys(), ["Bearer key-0", "Bearer key-1", "Bearer key-2"])

    def test_as_often_as_the_option_says_and_no_channel_twice(self):
        self.assertEqual(self.post_chat("hopeless").status, 503)
        self.assertEqual(self.keys(), ["Bearer key-0", "Bearer key-1", "Bearer key-2"])

    def test_a_chosen_channel_is_not_left(self):
        channel = self.gateway.sql("SELECT id FROM channels WHERE name = 'walk-0'")[0][0]
        self.assertEqual(self.call("POST", "/v1/chat/completions", chat("walk"), token=f"{self.token}-{channel}").status, 500)
        self.assertEqual(len(self.mock.requests()), 1)

    def test_a_channels_prompt_stays_its_own(self):
        self.assertEqual(self.post_chat("prompts").status, 200)
        first, second = self.mock.requests()
        self.assertIn("first channel only", first["body"])
        self.assertNotIn("first channel only", second["body"])


class HangUp(GatewayCase):
    """When the client leaves, the upstream's connection is closed: at once, not at the next frame."""

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("slow", ["mock:stream:1000:60000", "mock:hang-head", "mock:stream:100:20"], cls.mock.url())

    def begin(self, model, stream):
        body = json.dumps(chat(model, stream=stream)).encode()
        connection = RawConnection(self.gateway.port)
        connection.send((f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        self.eventually(lambda: self.mock.requests(), "the request reaches the upstream")
        return connection

    def upstream_saw_it_close(self):
        return any(event["event"] == "peer_closed" for event in self.mock.events())

    def test_while_the_upstream_is_silent(self):
        """The next frame is a minute away, the head never comes: only the client's leaving can be the reason."""
        for model, stream in (("mock:stream:1000:60000", True), ("mock:hang-head", False), ("mock:hang-head", True)):
            with self.subTest(model, stream=stream):
                self.mock.forget()
                connection = self.begin(model, stream)
                if model.startswith("mock:stream"):
                    self.assertTrue(connection.socket.recv(4096).startswith(b"HTTP/1.1 200"))
                self.assertFalse(self.upstream_saw_it_close())
                connection.close()
                self.eventually(self.upstream_saw_it_close, "the upstream's connection is closed", 2)

    def test_no_frame_after_it(self):
        """In the order of the upstream's own log: the connection ends, and no second request uses it."""
        connection = self.begin("mock:stream:100:20", True)
        self.assertTrue(connection.socket.recv(4096))
        connection.close()
        self.eventually(self.upstream_saw_it_close, "the upstream's connection is closed", 2)
        closed = next(event["connection"] for event in self.mock.events() if event["event"] == "peer_closed")
        self.assertEqual(self.post_chat("mock:stream:100:20", stream=True).status, 200)
        after = [event for event in self.mock.requests()]
        self.assertEqual([event["connection"] == closed for event in after], [True, False])


if __name__ == "__main__":
    unittest.main()
