"""What a client may send by mistake or on purpose: each gets the right status, and the gateway stays as it was."""
import json
import re
import unittest

from cases import BUILD, GatewayCase
from http_client import RawConnection, chat, raw
from switchyard_tests.processes import open_descriptors, rss_kib

SANITIZED_BUILD = "san" in BUILD.name


class Gate(GatewayCase):
    """The head of a request: what http_parser alone would let pass."""

    def refuse(self, data, status=400):
        """Refused with a status, and the connection is closed: what follows on it can no longer be trusted."""
        with RawConnection(self.gateway.port) as connection:
            answer = connection.send(data).answer()
            self.assertEqual(answer.status, status, (data[:200], answer))
            self.assertTrue(connection.closed_by_gateway(), data[:200])

    def head(self, *lines, line=b"GET /v1/models HTTP/1.1"):
        return b"\r\n".join([line, *lines]) + b"\r\n\r\n"

    def test_a_proper_head_passes(self):
        answer = raw(self.gateway.port, self.head(b"Host: x", b"Authorization: Bearer " + self.token.encode()))
        self.assertEqual(answer.status, 200)

    def test_header_names(self):
        for line in (b"Host : x", b"Ho st: x", b"Host\t: x", b": x", b"Host", b"X-\xff: x"):
            with self.subTest(line):
                self.refuse(self.head(line, b"Host: x"))

    def test_bare_line_feeds(self):
        self.refuse(b"GET /v1/models HTTP/1.1\nHost: x\n\n")
        self.refuse(b"GET /v1/models HTTP/1.1\r\nHost: x\nA: b\r\n\r\n")

    def test_folded_lines(self):
        self.refuse(self.head(b"Host: x", b"A: b", b" c"))
        self.refuse(self.head(b"Host: x", b"A: b", b"\tc"))

    def test_number_of_hosts(self):
        self.refuse(self.head(b"Accept: */*"))
        self.refuse(self.head(b"Host: x", b"Host: y"))
        self.refuse(self.head(b"Host: x", b"Host: x"))

    def test_old_protocols(self):
        with RawConnection(self.gateway.port) as connection:
            connection.send(b"GET /v1/models\r\n\r\n")
            self.assertTrue(connection.closed_by_gateway())
        self.refuse(self.head(b"Host: x", line=b"GET /v1/models HTTP/0.9"), 505)

    def test_bytes_in_the_target(self):
        for target in (b"/v1/\xff", b"/v1/ models", b"/v1/\x01", b"v1/models"):
            with self.subTest(target):
                self.refuse(self.head(b"Host: x", line=b"GET " + target + b" HTTP/1.1"))

    def test_control_characters_in_values(self):
        for value in (b"a\x00b", b"a\x7fb", b"a\rb"):
            with self.subTest(value):
                self.refuse(self.head(b"Host: x", b"A: " + value))

    def post(self, *lines, body=b"", line=b"POST /v1/chat/completions HTTP/1.1"):
        return self.head(b"Host: x", b"Authorization: Bearer " + self.token.encode(), *lines, line=line) + body

    def test_lengths(self):
        self.refuse(self.post(b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"))
        self.refuse(self.post(b"Content-Length: 3", b"Content-Length: 4", body=b"{}  "))
        for length in (b"-1", b"+3", b"3 3", b"0x3", b"", b"99999999999999999999999"):
            with self.subTest(length):
                self.refuse(self.post(b"Content-Length: " + length))

    def test_transfer_codings(self):
        self.refuse(self.post(b"Transfer-Encoding: identity, chunked", body=b"0\r\n\r\n"), 501)  # RFC 9112 6.1
        self.refuse(self.post(b"Transfer-Encoding: chunked", line=b"POST /v1/chat/completions HTTP/1.0", body=b"0\r\n\r\n"))
        self.refuse(self.post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"))

    def test_chunks(self):
        for body in (b"3 \r\n{} \r\n0\r\n\r\n", b"z\r\n", b"3\n{} \n0\n\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"3\r\n{} XX"):
            with self.subTest(body):
                self.refuse(self.post(b"Transfer-Encoding: chunked", body=body))

    def test_oversized_heads(self):
        self.refuse(self.head(b"Host: x", line=b"GET /" + b"a" * 9000 + b" HTTP/1.1"), 414)
        self.refuse(self.head(b"Host: x", b"A: " + b"a" * 9000), 431)
        self.refuse(self.head(b"Host: x", *[b"A%d: " % i + b"a" * 1000 for i in range(80)]), 431)

    def test_an_endless_head_is_cut_off(self):
        before = rss_kib(self.gateway.pid)
        with RawConnection(self.gateway.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
            try:
                for _ in range(4000):
                    connection.send(b"X-Padding: " + b"a" * 4000 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # cut off while it was sending; else the answer has come and what followed was dropped unread
            self.assertTrue(connection.closed_by_gateway())
        if not SANITIZED_BUILD:
            self.assertLess(rss_kib(self.gateway.pid) - before, 4096)


class Bodies(GatewayCase):
    """JSON that is none, or that nobody would write."""

    def refused_at(self, body, offset):
        """400, and the message tells the byte at which it went wrong."""
        answer = self.call("POST", "/v1/chat/completions", body)
        error = self.assertError(answer, 400, "one_api_error")
        numbers = [int(number) for number in re.findall(r"\d+", error["message"].split("request id")[0])]
        self.assertTrue(any(offset - 1 <= number <= offset + 1 for number in numbers), (offset, error["message"]))
        return error

    @staticmethod
    def around(value):
        """A request with `value` in a field that nobody reads, and its offset."""
        start = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"x_unread":'
        return start + value + b"}", len(start)

    def test_syntax(self):
        good = json.dumps(chat()).encode()
        self.refused_at(good[:-1], len(good) - 1)
        self.refused_at(good + b"x", len(good))
        self.refused_at(good + b"{}", len(good))
        self.refused_at(b"", 0)
        self.refused_at(b"nonsense", 0)

    def test_syntax_in_a_field_that_nobody_reads(self):
        for value, at in ((b'{"a":tru}', 5), (b"[1,]", 3), (b'"a\nb"', 2), (b'"\\x"', 2), (b"01", 1), (b"1.", 2), (b'{"a" 1}', 5), (b"NaN", 0)):
            with self.subTest(value):
                body, start = self.around(value)
                self.refused_at(body, start + at)

    def test_invalid_utf8(self):
        for text in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"):
            with self.subTest(text):
                body, start = self.around(b'"' + text + b'"')
                self.refused_at(body, start + 1)

    def test_duplicate_members_that_decide(self):
        self.assertError(self.call("POST", "/v1/chat/completions", b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"model":"other"}'),
                         400, "one_api_error")
        self.assertError(self.call("POST", "/v1/chat/completions", b'{"stream":false,"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"stream":true}'),
                         400, "one_api_error")

    def test_no_object(self):
        for body in (b"[]", b"5", b'"text"', b"null", b"true"):
            self.assertError(self.call("POST", "/v1/chat/completions", body), 400, "one_api_error")

    def test_brackets(self):
        body, _ = self.around(b"[" * 100000 + b"]" * 100000)
        self.assertError(self.call("POST", "/v1/chat/completions", body), 400, "one_api_error")
        body, _ = self.around(b"[" * 100000)
        self.assertError(self.call("POST", "/v1/chat/completions", body), 400, "one_api_error")
        body, _ = self.around(b"[" * 400 + b"]" * 400)
        self.assertEqual(self.call("POST", "/v1/chat/completions", body).status, 200)

    def test_huge_numbers_stay_text(self):
        body, _ = self.around(b"1" * 20000 + b"e99999")
        self.assertEqual(self.call("POST", "/v1/chat/completions", body).status, 200)
        for number in (b"1" * 400, b"1e400", b"-99999999999999999999"):
            answer = self.call("POST", "/v1/chat/completions", b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}],"max_tokens":' + number + b"}")
            self.assertError(answer, 400, "one_api_error")

    def test_negative_n(self):
        self.assertError(self.call("POST", "/v1/chat/completions", chat(n=-1)), 400, "one_api_error")

    def test_oversized_body(self):
        """Larger than any limit that ships: told before the body is read."""
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 1099511627776\r\n\r\n").encode()
        self.assertEqual(raw(self.gateway.port, head).status, 413)

    def test_compressed_bodies_that_are_not(self):
        for body in (b"no gzip at all", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03truncated"):
            answer = self.call("POST", "/v1/chat/completions", body, headers={"Content-Encoding": "gzip"})
            self.assertEqual(answer.status, 400)

    def test_unknown_content_encoding(self):
        answer = self.call("POST", "/v1/chat/completions", chat(), headers={"Content-Encoding": "snappy"})
        self.assertIn(answer.status, (400, 415))

    @unittest.skipIf(SANITIZED_BUILD, "a sanitizer's memory says nothing")
    def test_a_bomb_stays_small(self):
        import gzip
        bomb = gzip.compress(b'{"model":"gpt-4o-mini","x":"' + b"a" * (400 << 20) + b'"}', 9)
        before = rss_kib(self.gateway.pid)
        answer = self.call("POST", "/v1/chat/completions", bomb, headers={"Content-Encoding": "gzip"}, timeout=60)
        self.assertIn(answer.status, (400, 413))
        self.assertLess(rss_kib(self.gateway.pid) - before, 200 << 10)

    def test_nothing_is_left_open(self):
        before = open_descriptors(self.gateway.pid)
        for _ in range(300):
            self.assertEqual(self.call("POST", "/v1/chat/completions", b"{").status, 400)
            with RawConnection(self.gateway.port) as connection:
                connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        self.eventually(lambda: open_descriptors(self.gateway.pid) <= before, "the descriptors of 600 bad requests are closed")


class SlowClients(GatewayCase):
    """A client that sends its head one byte a second is not waited for without end."""

    @classmethod
    def prepare(cls):
        super().prepare()
        config = cls.folder / "slow.properties"
        config.write_text("head-timeout = 1s\nbody-timeout = 1s\n")
        cls.gateway.arguments += ["--config", str(config)]

    def test_an_unfinished_head(self):
        with RawConnection(self.gateway.port) as connection:
            connection.send(b"GET /v1/models HT")
            self.assertTrue(connection.closed_by_gateway(timeout=10))

    def test_an_unfinished_body(self):
        with RawConnection(self.gateway.port) as connection:
            connection.send(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                            "Content-Length: 100\r\n\r\n{".encode())
            self.assertTrue(connection.closed_by_gateway(timeout=10))


if __name__ == "__main__":
    unittest.main()
