"""What the gateway answers by itself: tokens, routes, models, headers; and what it changes in a request on its way."""
import json
import re
import unittest

from cases import GatewayCase
from http_client import RawConnection, call, chat
from switchyard_tests.mock import body_of, header_of


class Tokens(GatewayCase):
    """The checks of a token, one by one, in their order."""

    @classmethod
    def prepare(cls):
        super().prepare()
        gateway = cls.gateway
        cls.keys = {name: gateway.add_token(name) for name in
                    ("exhausted", "expired", "disabled", "past", "empty", "subnet", "lists", "banned", "common", "exhausted-and-past")}

        def change(name, assignment):
            gateway.sql(f"UPDATE tokens SET {assignment} WHERE name = ?", name)

        change("exhausted", "status = 4")
        change("expired", "status = 3")
        change("disabled", "status = 2")
        change("past", "expired_time = 1000000000")
        change("empty", "unlimited_quota = 0, remain_quota = 0")
        change("subnet", "subnet = '10.0.0.0/8'")
        change("lists", "models = 'gpt-4o-mini,other-model'")
        change("exhausted-and-past", "status = 4, expired_time = 1000000000")
        for name, number, status in (("banned", 71, 2), ("common", 72, 1)):
            gateway.sql("INSERT INTO users (id, username, password, role, status, quota, access_token, aff_code) "
                        "VALUES (?, ?, '', 1, ?, 1000000, ?, ?)", number, name, status, f"{number:032}", f"t{number}")
            change(name, f"user_id = {number}")

    def refused(self, key, status, **changes):
        answer = self.call("POST", "/v1/chat/completions", chat(**changes), token=key)
        return self.assertError(answer, status, "one_api_error")

    def test_no_key(self):
        self.refused(None, 401)
        self.assertError(self.call("POST", "/v1/chat/completions", chat(), headers={"Authorization": "Bearer "}, token=None), 401,
                         "one_api_error")

    def test_unknown_key(self):
        self.refused("sk-0000000000000000000000000000000000000000000000AB", 401)

    def test_status_of_the_token(self):
        for name in ("exhausted", "expired", "disabled"):
            with self.subTest(name):
                self.refused(self.keys[name], 401)

    def test_past_its_time(self):
        self.refused(self.keys["past"], 401)

    def test_nothing_left(self):
        self.refused(self.keys["empty"], 401)

    def test_order_of_checks(self):
        exhausted = self.refused(self.keys["exhausted"], 401)
        self.assertEqual(self.refused(self.keys["exhausted-and-past"], 401).get("code"), exhausted.get("code"))
        self.assertNotEqual(self.refused(self.keys["past"], 401).get("code"), exhausted.get("code"))

    def test_subnet(self):
        self.refused(self.keys["subnet"], 403)

    def test_banned_user(self):
        self.refused(self.keys["banned"], 403)

    def test_list_of_models(self):
        self.refused(self.keys["lists"], 403, model="gpt-3.5-turbo-instruct")
        self.assertEqual(self.call("POST", "/v1/chat/completions", chat(), token=self.keys["lists"]).status, 200)

    def test_common_user_may_not_choose_a_channel(self):
        self.refused(self.keys["common"] + "-1", 403)
        self.assertEqual(self.call("POST", "/v1/chat/completions", chat(), token=self.keys["common"]).status, 200)

    def test_administrator_chooses_a_channel(self):
        channel = self.gateway.sql("SELECT id FROM channels WHERE name = 'plain'")[0][0]
        self.assertEqual(self.call("POST", "/v1/chat/completions", chat(), token=f"{self.token}-{channel}").status, 200)
        self.refused(self.token + "-99999", 400)
        self.refused(self.token + "-abc", 400)

    def test_forms_of_the_key(self):
        bare = self.token.removeprefix("sk-")
        for form in (f"Bearer sk-{bare}", f"sk-{bare}", bare, f"Bearer {bare}"):
            with self.subTest(form[:8]):
                answer = self.call("POST", "/v1/chat/completions", chat(), token=None, headers={"Authorization": form})
                self.assertEqual(answer.status, 200, answer)

    def test_the_key_is_nowhere_else(self):
        for headers, query in (({"x-api-key": self.token}, ""), ({"Cookie": f"key={self.token}"}, ""), ({}, f"?key={self.token}")):
            answer = self.call("POST", "/v1/chat/completions" + query, chat(), token=None, headers=headers)
            self.assertError(answer, 401, "one_api_error")

    def test_a_key_never_shows(self):
        self.refused(self.keys["exhausted"], 401)
        self.assertEqual(self.call("POST", "/v1/chat/completions", chat()).status, 200)
        log = self.gateway.log()
        for secret in (self.token.removeprefix("sk-"), "upstream-key"):
            self.assertNotIn(secret, log)


class Requests(GatewayCase):
    """Statuses, types and codes of what is wrong with a request."""

    def bad(self, path, body, status=400, kind="one_api_error", code="invalid_text_request"):
        return self.assertError(self.call("POST", path, body), status, kind, code)

    def test_wrong_types(self):
        for member, value in (("max_tokens", "5"), ("max_tokens", 100.5), ("n", "2"), ("messages", "hi"), ("temperature", "warm"),
                              ("stream", "yes"), ("tools", {}), ("model", 5)):
            with self.subTest(member=member, value=value):
                answer = self.call("POST", "/v1/chat/completions", {**chat(), member: value})
                self.assertError(answer, 400, "one_api_error")

    def test_max_tokens_out_of_range(self):
        for value in (-1, 1073741824):
            self.bad("/v1/chat/completions", chat(max_tokens=value))

    def test_missing_members(self):
        self.bad("/v1/chat/completions", {"model": "gpt-4o-mini"})
        self.bad("/v1/chat/completions", {"model": "gpt-4o-mini", "messages": []})
        self.bad("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": ""})
        self.bad("/v1/moderations", {"input": ""})

    def test_missing_model(self):
        answer = self.call("POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]})
        self.assertIn(answer.status, (400, 503), answer)
        self.assertError(answer, answer.status, "one_api_error")

    def test_unexpected_shape_of_content(self):
        for content in ([5], [{"type": "image_url"}], [{"type": "image_url", "image_url": 3}], 7):
            answer = self.call("POST", "/v1/chat/completions", {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": content}]})
            self.assertError(answer, 400)

    def test_unknown_model(self):
        self.assertError(self.post_chat("no-such-model"), 503, "one_api_error")

    def test_json_without_its_content_type(self):
        for kind in (None, "text/plain", "application/json; charset=utf-8"):
            answer = self.call("POST", "/v1/chat/completions", chat(), headers={"Content-Type": kind})
            self.assertEqual(answer.status, 200, (kind, answer))

    def test_default_model_of_moderations(self):
        answer = self.call("POST", "/v1/moderations", {"input": "Off with his coupling!"})
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.json()["results"][0]["flagged"])

    def test_embeddings_by_engine(self):
        answer = self.call("POST", "/v1/engines/text-embedding-3-small/embeddings", {"input": ["a", "b"]})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(answer.json()["data"]), 2)


class Routes(GatewayCase):
    """Addresses: what is not there, what is not built, what is redirected; CORS and the request id."""

    NOT_IMPLEMENTED = [("POST", path) for path in (
        "/v1/images/generations", "/v1/images/edits", "/v1/images/variations", "/v1/audio/speech", "/v1/audio/transcriptions",
        "/v1/audio/translations", "/v1/edits", "/v1/files", "/v1/fine_tuning/jobs", "/v1/fine_tuning/jobs/1/cancel", "/v1/assistants",
        "/v1/threads", "/v1/threads/1/messages", "/v1/threads/1/runs/2/submit_tool_outputs")] + [("GET", path) for path in (
            "/v1/files", "/v1/files/1/content", "/v1/fine_tuning/jobs/1/events", "/v1/assistants/1/files/2", "/v1/threads/1/runs/2/steps/3",
            "/dashboard/billing/subscription", "/v1/dashboard/billing/usage")] + [
                ("DELETE", "/v1/models/gpt-4o-mini"), ("DELETE", "/v1/files/1"), ("PUT", "/v1/oneapi/proxy/1/anything")]

    def test_not_implemented(self):
        for method, path in self.NOT_IMPLEMENTED:
            with self.subTest(f"{method} {path}"):
                body = {} if method != "GET" else None
                error = self.assertError(self.call(method, path, body), 501, "one_api_error", "api_not_implemented")
                self.assertEqual(error["param"], "")
                self.assertError(self.call(method, path, body, token=None), 401, "one_api_error")

    def test_not_found(self):
        for method, path in (("GET", "/v1/nonsense"), ("POST", "/v1/nonsense"), ("GET", "/v1/chat/completions"), ("DELETE", "/v1/models"),
                             ("GET", "/api/nonsense"), ("GET", "/v1")):
            with self.subTest(f"{method} {path}"):
                error = self.assertError(self.call(method, path), 404, "invalid_request_error", "")
                self.assertEqual(error["param"], "")
                self.assertIn(f"{method} {path}", error["message"])

    def test_trailing_slash(self):
        answer = self.call("POST", "/v1/chat/completions/", chat())
        self.assertEqual((answer.status, answer.header("location")), (307, "/v1/chat/completions"))
        answer = self.call("GET", "/v1/models/")
        self.assertEqual((answer.status, answer.header("location")), (301, "/v1/models"))

    def test_preflight(self):
        for path in ("/v1/chat/completions", "/v1/nonsense", "/anything"):
            answer = self.call("OPTIONS", path, token=None, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"})
            self.assertEqual((answer.status, answer.body), (204, b""), path)
            self.assertEqual(answer.header("access-control-allow-origin"), "*")
            self.assertEqual(answer.header("access-control-allow-credentials"), "true")
            self.assertEqual(answer.header("access-control-allow-methods"), "GET,POST,PUT,DELETE,OPTIONS")
            self.assertEqual(answer.header("access-control-allow-headers"), "*")
            self.assertEqual(answer.header("access-control-max-age"), "43200")

    def test_cross_origin_answers(self):
        answer = self.call("POST", "/v1/chat/completions", chat(), headers={"Origin": "https://example.org"})
        self.assertEqual(answer.header("access-control-allow-origin"), "*")
        refused = self.call("POST", "/v1/chat/completions", chat(), token=None, headers={"Origin": "https://example.org"})
        self.assertEqual((refused.status, refused.header("access-control-allow-origin")), (401, "*"))

    def test_same_origin_has_no_cors(self):
        for origin in (None, f"http://127.0.0.1:{self.gateway.port}"):
            answer = self.call("POST", "/v1/chat/completions", chat(), headers={"Origin": origin} if origin else {})
            self.assertIsNone(answer.header("access-control-allow-origin"))

    def test_request_id(self):
        seen = set()
        for method, path, body, token in (("POST", "/v1/chat/completions", chat(), self.token), ("GET", "/v1/models", None, self.token),
                                          ("GET", "/v1/nonsense", None, None), ("GET", "/api/status", None, None),
                                          ("POST", "/v1/chat/completions", chat(), None), ("POST", "/v1/chat/completions", chat(stream=True), self.token)):
            answer = self.call(method, path, body, token, headers={"X-Oneapi-Request-Id": "mine"})
            found = answer.header("x-oneapi-request-id")
            self.assertRegex(found or "", r"^20\d{12}\d{9,17}$", f"{method} {path}")
            seen.add(found)
            if answer.status == 401:
                self.assertIn(found, answer.error["message"])
        self.assertEqual(len(seen), 6)

    def test_status_of_the_gateway(self):
        answer = self.call("GET", "/api/status", token=None)
        self.assertEqual(answer.status, 200)
        self.assertIs(answer.json()["success"], True)
        self.assertIn("system_name", answer.json()["data"])

    def test_chinese_for_those_who_ask(self):
        english = self.call("GET", "/v1/models", token=None).error
        chinese = self.call("GET", "/v1/models", token=None, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).error
        self.assertTrue(english["message"].isascii())
        self.assertTrue(re.search(r"[\u4e00-\u9fff]", chinese["message"]))
        self.assertEqual({**english, "message": ""}, {**chinese, "message": ""})


class Models(GatewayCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.gateway.add_channel("vip", ["vip-model"], cls.mock.url(), group="vip")
        cls.gateway.add_channel("again", ["gpt-4o-mini", "org/model-1"], cls.mock.url())

    def test_list(self):
        answer = self.call("GET", "/v1/models")
        self.assertEqual((answer.status, answer.json()["object"]), (200, "list"))
        ids = [model["id"] for model in answer.json()["data"]]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertIn("gpt-4o-mini", ids)
        self.assertIn("org/model-1", ids)
        self.assertNotIn("vip-model", ids)
        for model in answer.json()["data"]:
            self.assertEqual((model["object"], model["root"], model["parent"]), ("model", model["id"], None))
            self.assertIsInstance(model["created"], int)
            self.assertIsInstance(model["owned_by"], str)

    def test_list_of_a_token(self):
        key = self.gateway.add_token("listed")
        self.gateway.sql("UPDATE tokens SET models = 'b-model,gpt-4o-mini' WHERE name = 'listed'")
        self.eventually(lambda: [m["id"] for m in self.call("GET", "/v1/models", token=key).json().get("data", [])]
                        == ["b-model", "gpt-4o-mini"], "the token's own list")

    def test_retrieve(self):
        answer = self.call("GET", "/v1/models/gpt-4o-mini")
        self.assertEqual((answer.status, answer.json()["id"], answer.json()["object"]), (200, "gpt-4o-mini", "model"))

    def test_retrieve_a_model_of_ones_own(self):
        self.assertEqual(self.call("GET", "/v1/models/org/model-1").json()["id"], "org/model-1")
        self.assertEqual(self.call("GET", "/v1/models/org%2Fmodel-1").json()["id"], "org/model-1")

    def test_unknown_model(self):
        error = self.assertError(self.call("GET", "/v1/models/nothing"), 404, "invalid_request_error", "model_not_found")
        self.assertEqual(error["param"], "model")

    def test_needs_a_token(self):
        self.assertError(self.call("GET", "/v1/models", token=None), 401, "one_api_error")


class OnTheWay(GatewayCase):
    """What reaches the upstream, and what comes back: as it was sent, but for what the channel says."""

    BODY = (b'{ "model" : "alias" ,\n  "messages":[{"role":"user","content":"\\u00e4\xc3\xa4 \\"model\\":\\"no\\"","extra":{"model":"inner"}}],'
            b'"seed":12345678901234567890123,"metadata":{"a":[1e400,-0.0,1.50]},"x_unknown":{"strict":true} }')

    @classmethod
    def prepare(cls):
        gateway = cls.gateway
        gateway.add_channel("plain", ["gpt-4o-mini"], cls.mock.url(), key="key-of-plain")
        gateway.add_channel("mapped", ["alias", "unmapped"], cls.mock.url(), key="key-of-mapped")
        gateway.sql("UPDATE channels SET model_mapping = ? WHERE name = 'mapped'", json.dumps({"alias": "real/model \"x\""}))
        gateway.add_channel("prompted", ["prompted"], cls.mock.url())
        gateway.sql("UPDATE channels SET system_prompt = ? WHERE name = 'prompted'", 'Speak like a "signalman".\n')
        gateway.add_channel("headers", ["headers"], cls.mock.url("headers"))

    def sent(self):
        requests = self.mock.requests()
        self.assertEqual(len(requests), 1, requests)
        return requests[0]

    def test_unchanged_without_mapping(self):
        body = self.BODY.replace(b"alias", b"unmapped")
        self.assertEqual(self.call("POST", "/v1/chat/completions", body).status, 200)
        self.assertEqual(body_of(self.sent()), body)

    def test_mapping_patches_only_the_model(self):
        self.assertEqual(self.call("POST", "/v1/chat/completions", self.BODY).status, 200)
        self.assertEqual(body_of(self.sent()), self.BODY.replace(b'"alias"', rb'"real/model \"x\""'))

    def test_model_with_escapes(self):
        body = self.BODY.replace(b'"alias"', b'"al\\u0069as"')
        self.assertEqual(self.call("POST", "/v1/chat/completions", body).status, 200)
        self.assertEqual(json.loads(body_of(self.sent()))["model"], 'real/model "x"')

    def test_the_channels_key_and_no_other_header(self):
        self.call("POST", "/v1/chat/completions", chat(), headers={
            "Cookie": "session=1", "Origin": "https://example.org", "Referer": "https://example.org/x", "X-Forwarded-For": "10.0.0.1"})
        sent = self.sent()
        self.assertEqual(header_of(sent, "authorization"), "Bearer key-of-plain")
        self.assertEqual(header_of(sent, "host"), f"127.0.0.1:{self.mock.port}")
        for name in ("cookie", "origin", "referer", "x-forwarded-for"):
            self.assertIsNone(header_of(sent, name), sent["head"])

    def test_forced_system_prompt_is_put_first(self):
        self.assertEqual(self.post_chat("prompted").status, 200)
        messages = json.loads(body_of(self.sent()))["messages"]
        self.assertEqual(messages[0], {"role": "system", "content": 'Speak like a "signalman".\n'})
        self.assertEqual(messages[1]["role"], "user")

    def test_forced_system_prompt_replaces_a_system_message(self):
        body = {**chat("prompted"), "messages": [{"role": "system", "content": "Speak like a pirate.", "name": "s"},
                                                 {"role": "user", "content": "hi"}]}
        self.assertEqual(self.call("POST", "/v1/chat/completions", body).status, 200)
        messages = json.loads(body_of(self.sent()))["messages"]
        self.assertEqual([(m["role"], m["content"]) for m in messages], [("system", 'Speak like a "signalman".\n'), ("user", "hi")])

    def test_whole_answer_is_byte_for_byte(self):
        direct = call(self.mock.port, "POST", "/v1/chat/completions", chat())
        self.assertEqual(self.post_chat().body, direct.body)

    def test_stream_is_frame_by_frame(self):
        direct = call(self.mock.port, "POST", "/v1/chat/completions", chat(stream=True))
        answer = self.post_chat(stream=True)
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.header("content-type").startswith("text/event-stream"))
        self.assertEqual(answer.header("cache-control"), "no-cache")
        self.assertEqual(answer.header("x-accel-buffering"), "no")
        stamp = re.compile(rb"chatcmpl-\d{20}")
        self.assertEqual(stamp.sub(b"", answer.body), stamp.sub(b"", direct.body))

    def test_usage_is_asked_for_and_taken_out_again(self):
        answer = self.post_chat(stream=True)
        self.assertIs(json.loads(body_of(self.sent()))["stream_options"]["include_usage"], True)
        self.assertNotIn(b'"usage":{', answer.body)

    def test_usage_stays_for_those_who_asked(self):
        answer = self.post_chat(stream=True, stream_options={"include_usage": True})
        chunks = [json.loads(event) for event in answer.events()[:-1]]
        self.assertEqual([chunk["usage"]["completion_tokens"] for chunk in chunks if chunk.get("usage")], [8])
        self.assertEqual(answer.events()[-1], "[DONE]")

    def test_usage_for_those_who_declined(self):
        answer = self.post_chat(stream=True, stream_options={"include_usage": False})
        self.assertNotIn(b'"usage":{', answer.body)
        self.assertIs(json.loads(body_of(self.sent()))["stream_options"]["include_usage"], True)

    def test_headers_of_the_upstream_stay_there(self):
        answer = self.post_chat("headers")
        self.assertEqual(answer.status, 200)
        for name in ("set-cookie", "openai-organization", "server", "access-control-allow-origin"):
            self.assertIn(answer.header(name), (None, "switchyard"), name)
        self.assertNotEqual(answer.header("x-oneapi-request-id"), "of-another-gateway")

    def test_compressed_request(self):
        import gzip
        body = gzip.compress(json.dumps(chat()).encode())
        answer = self.call("POST", "/v1/chat/completions", body, headers={"Content-Encoding": "gzip"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(json.loads(body_of(self.sent())), chat())
        self.assertIsNone(header_of(self.sent(), "content-encoding"))

    def test_chunked_request_and_keep_alive(self):
        body = json.dumps(chat()).encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n").encode()
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:7], body[7:30], body[30:])) + b"0\r\n\r\n"
        with RawConnection(self.gateway.port) as connection:
            for _ in range(3):
                self.assertEqual(connection.send(head + chunked).answer().status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        body = json.dumps(chat()).encode()
        authorization = f"Authorization: Bearer {self.token}\r\n"
        first = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n{authorization}Content-Type: application/json\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        second = f"GET /v1/models HTTP/1.1\r\nHost: x\r\n{authorization}\r\n".encode()
        with RawConnection(self.gateway.port) as connection:
            connection.send(first + second + first)
            self.assertEqual(connection.answer().json()["object"], "chat.completion")
            self.assertEqual(connection.answer().json()["object"], "list")
            self.assertEqual(connection.answer().json()["object"], "chat.completion")

    def test_expect_100_continue(self):
        body = json.dumps(chat()).encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\nExpect: 100-continue\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        with RawConnection(self.gateway.port) as connection:
            connection.send(head)
            self.assertTrue(connection.socket.recv(100).startswith(b"HTTP/1.1 100 "))
            self.assertEqual(connection.send(body).answer().status, 200)


if __name__ == "__main__":
    unittest.main()
