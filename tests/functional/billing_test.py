"""Money: what a request holds, what it is charged, and the row that says so (design: the ledger)."""
import concurrent.futures
import json
import socket
import threading
import time
import unittest

from cases import GatewayCase
from http_client import RawConnection, call, chat

FREE = {"PreConsumedQuota": "0", "UnknownModelRatio": "1"}


class Billed(GatewayCase):
    """Unknown models cost one point per token, completion tokens as much; no margin: bounds are what the tests compute."""

    options = {}

    @classmethod
    def prepare(cls):
        cls.gateway.add_channel("money", ["m", "free", "dear", *cls.scripts()], cls.mock.url())
        cls.gateway.add_channel("broken", ["retried"], cls.mock.url("status:500"), priority=10)
        cls.gateway.add_channel("good", ["retried"], cls.mock.url("usage:10:10"), priority=1)
        for key, value in {**FREE, **cls.options}.items():
            cls.gateway.sql("INSERT OR REPLACE INTO options(key, value) VALUES (?, ?)", key, value)
        cls.gateway.sql("INSERT OR REPLACE INTO options(key, value) VALUES ('ModelRatio', ?)", json.dumps({"free": 0, "mock:usage:3:4": 2.5}))

    @classmethod
    def scripts(cls):
        return ["mock:" + script for script in (
            "usage:10:10", "usage:10:10:300", "usage:10:20:300", "usage:10:10:1000", "usage:10:4:300", "usage:3:4", "no-usage:8", "no-usage:40:50", "no-usage:200:20",
            "no-usage:8000", "status:500", "status:400", "cut-mid:3", "error-mid:3", "hang-head", "hang-mid:3", "cut-body")]

    def token_id(self, name):
        return self.gateway.sql("SELECT id FROM tokens WHERE name = ?", name)[0][0]

    def new_token(self, name, quota):
        key = self.gateway.add_token(name, quota)
        self.eventually(lambda: call(self.gateway.port, "GET", "/v1/models", None, key).status == 200, "the token is known")
        # Its balance is held as soon as the ledger has read it.
        return key

    def rows(self, **where):
        columns = ("request_id", "quota", "prompt_tokens", "completion_tokens", "branch", "usage_source", "unpaid", "held", "finish",
                   "channel_id", "is_stream", "user_id", "token_name", "model_name", "detail")
        condition = " AND ".join(f"{key} = ?" for key in where)
        found = self.gateway.sql(f"SELECT {', '.join(columns)} FROM logs WHERE type = 2 AND {condition}", *where.values())
        return [dict(zip(columns, row)) for row in found]

    def row(self, request_id):
        self.assertTrue(request_id)
        self.eventually(lambda: self.rows(request_id=request_id), f"the row of {request_id}")
        rows = self.rows(request_id=request_id)
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def row_of(self, answer):
        return self.row(answer.header("x-oneapi-request-id"))

    def remaining(self, name):
        return self.gateway.sql("SELECT remain_quota FROM tokens WHERE name = ?", name)[0][0]

    def assertCharged(self, row, quota, branch, source=None):
        self.assertEqual((row["quota"], row["branch"]), (quota, branch), row)
        if source:
            self.assertEqual(row["usage_source"], source, row)


class SettlementTable(Billed):
    """One test for each row of the published rule."""

    def test_usage(self):
        for stream in (False, True):
            answer = self.post_chat("mock:usage:10:10", stream=stream)
            self.assertEqual(answer.status, 200, answer)
            row = self.row_of(answer)
            self.assertCharged(row, 20, "usage", "reported")
            self.assertEqual((row["prompt_tokens"], row["completion_tokens"], bool(row["is_stream"])), (10, 10, stream))

    def test_ratio(self):
        self.assertCharged(self.row_of(self.post_chat("mock:usage:3:4")), 18, "usage")  # ceil(7 x 2.5)

    def test_counted(self):
        for stream in (False, True):
            answer = self.post_chat("mock:no-usage:8", stream=stream)
            row = self.row_of(answer)
            self.assertEqual((row["branch"], row["usage_source"]), ("counted", "counted"), row)
            self.assertEqual(row["prompt_tokens"], 10)  # 3 + role 1 + 3 words, and 3 for the request
            self.assertGreaterEqual(row["completion_tokens"], 8)
            self.assertEqual(row["quota"], row["prompt_tokens"] + row["completion_tokens"])

    def test_free(self):
        row = self.row_of(self.post_chat("free"))
        self.assertCharged(row, 0, "free")

    def test_refunded_upstream(self):
        answer = self.post_chat("mock:status:500")
        self.assertEqual(answer.status, 500)
        self.assertCharged(self.row_of(answer), 0, "refunded_upstream")

    def test_retry_after_a_failed_candidate(self):
        answer = self.post_chat("retried")
        self.assertEqual(answer.status, 200, answer)
        row = self.row_of(answer)
        self.assertCharged(row, 20, "usage")
        self.assertEqual(len(json.loads(row["detail"])["attempts"]), 2, row)

    def test_upstream_cut(self):
        for script in ("cut-mid:3", "error-mid:3"):
            answer = self.post_chat("mock:" + script, stream=True)
            row = self.row_of(answer)
            self.assertEqual(row["branch"], "upstream_cut", row)
            self.assertGreaterEqual(row["completion_tokens"], 3)
            self.assertEqual(row["quota"], row["prompt_tokens"] + row["completion_tokens"])

    def leave(self, model, stream, until):
        with RawConnection(self.gateway.port) as connection:
            body = json.dumps(chat(model, stream=stream)).encode()
            connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Authorization: Bearer " + self.token.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return until(connection)

    def test_client_left_before_output(self):
        def upstream_has_it(_):
            self.eventually(lambda: any("hang-head" in str(r["body"]) for r in self.mock.requests()), "the request is upstream")
        before = {row["request_id"] for row in self.rows(branch="client_left_before_output")}
        self.leave("mock:hang-head", True, upstream_has_it)
        self.eventually(lambda: {r["request_id"] for r in self.rows(branch="client_left_before_output")} - before, "the row")
        row = [r for r in self.rows(branch="client_left_before_output") if r["request_id"] not in before][0]
        self.assertEqual((row["quota"], row["completion_tokens"]), (10, 0), row)

    def test_client_left(self):
        def some_came(connection):
            received = b""
            while received.count(b"data: ") < 3:
                received += connection.socket.recv(4096)
        before = {row["request_id"] for row in self.rows(branch="client_left")}
        self.leave("mock:no-usage:40:50", True, some_came)
        self.eventually(lambda: {r["request_id"] for r in self.rows(branch="client_left")} - before, "the row")
        row = [r for r in self.rows(branch="client_left") if r["request_id"] not in before][0]
        self.assertGreaterEqual(row["completion_tokens"], 3)
        self.assertLess(row["completion_tokens"], 40)
        self.assertEqual(row["quota"], row["prompt_tokens"] + row["completion_tokens"])

    def test_budget_end(self):
        key = self.new_token("budget", 60)
        answer = call(self.gateway.port, "POST", "/v1/chat/completions", chat("mock:no-usage:200:2", stream=True), key)
        # 10 for the prompt leave 50 tokens; the mock knows no limit.
        self.assertEqual(answer.status, 200, answer)
        finishes = [c["finish_reason"] for e in answer.events() if e != "[DONE]" for c in json.loads(e)["choices"] if c["finish_reason"]]
        self.assertEqual((finishes, answer.events()[-1]), (["length"], "[DONE]"))
        row = self.row_of(answer)
        self.assertEqual((row["branch"], row["finish"]), ("budget_end", "length"), row)
        self.assertLessEqual(row["quota"], 60)
        self.assertGreaterEqual(row["completion_tokens"], 49)
        self.eventually(lambda: self.remaining("budget") == 60 - row["quota"], "the column")

    @classmethod
    def scripts(cls):
        return super().scripts() + ["mock:no-usage:200:2"]

    def test_too_little(self):
        key = self.new_token("poor", 12)
        answer = call(self.gateway.port, "POST", "/v1/chat/completions", chat("mock:usage:10:10", max_tokens=10), key)
        self.assertError(answer, 403, "one_api_error", "insufficient_user_quota")
        self.assertEqual(self.mock.requests(), [])


class Fifty(Billed):
    """A balance for exactly 50 of 200 parallel requests."""

    threads = 2

    def run_200(self, name, model, balance=1000, **members):
        key = self.new_token(name, balance)
        lowest = [balance]
        done = threading.Event()

        def sample():
            while not done.is_set():
                lowest.append(self.remaining(name))
                time.sleep(0.01)
        sampler = threading.Thread(target=sample)
        sampler.start()
        try:
            with concurrent.futures.ThreadPoolExecutor(200) as pool:
                answers = list(pool.map(lambda _: call(self.gateway.port, "POST", "/v1/chat/completions", chat(model, **members), key,
                                                       None, 60), range(200)))
        finally:
            done.set()
            sampler.join()
        good = [a for a in answers if a.status == 200]
        for answer in answers:
            if answer.status != 200:
                self.assertIn((answer.status, answer.error["code"]),
                              [(403, "insufficient_user_quota"), (401, "token_exhausted")], answer)
        self.assertGreaterEqual(min(lowest), 0)
        self.eventually(lambda: len(self.rows(token_name=name, branch="usage")) == len(good), "all rows")
        charged = sum(row["quota"] for row in self.rows(token_name=name))
        self.eventually(lambda: self.remaining(name) == balance - charged, "the column is opening minus charges")
        return good, charged

    def test_bound_equals_charge(self):
        good, charged = self.run_200("exact", "mock:usage:10:10:300", max_tokens=10)
        self.assertEqual((len(good), charged), (50, 1000))

    def test_bound_above_charge(self):
        """Each holds 60 and costs 30: some wait, and the 50 that the balance pays come through, the last with a lowered limit."""
        good, charged = self.run_200("above", "mock:usage:10:20:300", 1500, max_tokens=50)
        self.assertEqual((len(good), charged), (50, 1500))


class FiftyWithoutWaiting(Fifty):
    options = {"HoldWait": "0"}

    def test_bound_equals_charge(self):
        good, charged = self.run_200("exact", "mock:usage:10:10:300", max_tokens=10)
        self.assertLessEqual(len(good), 50)
        self.assertEqual(charged, 20 * len(good))

    def test_bound_above_charge(self):
        good, _ = self.run_200("above", "mock:usage:10:10:1000", max_tokens=50)
        self.assertIn(len(good), (1000 // 60, 1000 // 60 + 1))


class Limits(Billed):
    """Requests per minute and at the same time, at a token and at a channel."""

    options = {"RateLimits": json.dumps({"token": {"2": {"rpm": 3}, "3": {"concurrent": 1}}})}

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.often = cls.gateway.add_token("often")
        cls.alone = cls.gateway.add_token("alone")
        cls.gateway.add_channel("narrow", ["narrow"], cls.mock.url("usage:10:10:400"), priority=9)
        cls.gateway.add_channel("wide", ["narrow"], cls.mock.url("usage:3:3"), priority=1)
        cls.gateway.sql("UPDATE channels SET settings = ? WHERE name = 'narrow'", json.dumps({"limits": {"concurrent": 1}}))

    def test_requests_per_minute(self):
        self.assertEqual(self.token_id("often"), 2)
        answers = [call(self.gateway.port, "POST", "/v1/chat/completions", chat("mock:usage:10:10"), self.often) for _ in range(5)]
        self.assertEqual([a.status for a in answers], [200, 200, 200, 429, 429])
        self.assertError(answers[-1], 429, None, "rate_limit_exceeded")
        self.assertTrue(1 <= int(answers[-1].header("retry-after")) <= 65, answers[-1].headers)  # a minute, in steps

    def test_one_at_a_time(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: call(self.gateway.port, "POST", "/v1/chat/completions",
                                                   chat("mock:usage:10:10:300"), self.alone), range(2)))
        self.assertEqual(sorted(a.status for a in answers), [200, 429])
        again = call(self.gateway.port, "POST", "/v1/chat/completions", chat("mock:usage:10:10"), self.alone)
        self.assertEqual(again.status, 200, again)

    def test_a_full_channel_is_passed_by(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: self.post_chat("narrow"), range(2)))
        self.assertEqual([a.status for a in answers], [200, 200])
        self.assertEqual(sorted(a.json()["usage"]["prompt_tokens"] for a in answers), [3, 10])


if __name__ == "__main__":
    unittest.main()
