"""Channels of the REST API; the numbers are those of the compatibility checklist."""
import http.server
import threading

from admin_client import AdminCase
from cases import TOOLS
from switchyard_tests.mock import Mock


class Channels(AdminCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mock = Mock(TOOLS, cls.folder)
        cls.addClassCleanup(cls.mock.stop)

    def tearDown(self):
        for row in self.sql("SELECT id FROM channels"):
            self.root.ok("DELETE", f"/api/channel/{row[0]}")
        self.mock.forget()

    def add(self, **members):
        """The id of a new channel."""
        self.root.ok("POST", "/api/channel/", {"type": 1, "name": "c", "key": "k", "models": "m,n", "group": "default",
                                               "base_url": self.mock.url(), **members})
        return self.sql("SELECT MAX(id) FROM channels")[0][0]

    def get(self, channel):
        return self.root.ok("GET", f"/api/channel/{channel}")

    def test_074_one_channel_for_each_key(self):
        self.assertIsNone(self.root.ok("POST", "/api/channel/", {"type": 1, "name": "three", "key": "k1\nk2\r\n\nk3",
                                                                 "models": "m", "group": "default", "used_quota": 9,
                                                                 "balance": 5}))
        listed = self.root.ok("GET", "/api/channel/")
        self.assertEqual([c["name"] for c in listed], ["three"] * 3)
        self.assertEqual([c["status"] for c in listed], [1, 1, 1])
        self.assertTrue(all(c["created_time"] > 1700000000 and c["used_quota"] == 0 and c["balance"] == 0 for c in listed))
        self.assertEqual(self.sql("SELECT COUNT(DISTINCT [key]) FROM channels")[0][0], 3)

    def test_075_a_key_is_needed_and_credentials_are_one(self):
        for key in ("", "\n \n"):
            self.root.fail("POST", "/api/channel/", {"type": 1, "name": "none", "key": key, "models": "m"})
        self.assertEqual(self.root.ok("GET", "/api/channel/"), [])
        self.add(type=42, key='region|project|{\n"type": "service_account",\n"id": "x"\n}')
        self.assertEqual(len(self.root.ok("GET", "/api/channel/")), 1)

    def test_076_no_key_is_ever_shown(self):
        channel = self.add(key="secret-upstream-key")
        answers = [self.root.call("GET", path).body for path in ("/api/channel/", "/api/channel/search?keyword=c",
                                                                  f"/api/channel/{channel}")]
        for body in answers:
            self.assertNotIn(b"secret-upstream-key", body)
        shown = self.get(channel)
        self.assertEqual(shown["key"], "")
        for text in ("models", "group", "config", "model_mapping", "base_url", "other", "system_prompt"):
            self.assertIsInstance(shown[text], str)
        self.assertIsInstance(shown["balance"], (int, float))
        self.root.fail("GET", "/api/channel/99999")

    def test_077_the_status_decides_who_is_served(self):
        channel = self.add()
        models = lambda: self.root.ok("GET", "/api/user/available_models")  # noqa: E731
        self.eventually(lambda: models() == ["m", "n"], "the models are there")
        before = self.get(channel)
        stored = self.root.ok("PUT", "/api/channel/", {"id": channel, "status": 2})
        self.assertEqual((stored["status"], stored["key"]), (2, ""))
        self.assertEqual({**self.get(channel), "status": 1}, before)
        self.eventually(lambda: models() == [], "the models are gone")
        self.root.ok("PUT", "/api/channel/", {"id": channel, "status": 1})
        self.eventually(lambda: models() == ["m", "n"], "the models are back")

    def test_078_what_can_be_cleared_and_what_not(self):
        channel = self.add(priority=5, model_mapping='{"m":"M"}', key="kept")
        key = self.sql("SELECT [key] FROM channels WHERE id = ?", channel)
        for change in ({"priority": 0}, {"base_url": ""}, {"model_mapping": ""}, {"name": ""}, {"models": ""}, {"key": ""}):
            self.root.ok("PUT", "/api/channel/", {"id": channel, **change})
        shown = self.get(channel)
        self.assertEqual((shown["priority"], shown["base_url"], shown["model_mapping"]), (0, "", ""))
        self.assertEqual((shown["name"], shown["models"]), ("c", "m,n"))
        self.assertEqual(self.sql("SELECT [key] FROM channels WHERE id = ?", channel), key)
        self.root.fail("PUT", "/api/channel/", {"status": 1})
        self.root.fail("PUT", "/api/channel/", {"id": 99999, "status": 1})
        self.assertEqual(self.sql("SELECT COUNT(*) FROM abilities WHERE channel_id = 99999")[0][0], 0)
        self.assertIn("model_mapping", self.root.fail("PUT", "/api/channel/", {"id": channel, "model_mapping": "{broken"}))

    def test_079_a_stale_form_changes_no_counter(self):
        channel = self.add()
        self.sql("UPDATE channels SET used_quota = 7, balance = 1.5, response_time = 30, test_time = 40 WHERE id = ?", channel)
        self.root.ok("PUT", "/api/channel/", {"id": channel, "used_quota": 1, "balance": 9, "response_time": 1, "test_time": 1,
                                              "created_time": 1})
        shown = self.get(channel)
        self.assertEqual([shown[k] for k in ("used_quota", "balance", "response_time", "test_time")], [7, 1.5, 30, 40])
        self.assertGreater(shown["created_time"], 1)

    def test_080_the_configuration_comes_back_as_it_was_sent(self):
        config = '{"region":"eu","sk":"","api_version": "v9"}'
        self.assertEqual(self.get(self.add(config=config))["config"], config)

    def test_081_search_by_id_or_beginning_of_the_name(self):
        channel = self.add(name="alpha")
        other = self.add(name="beta")
        found = lambda keyword: [c["id"] for c in self.root.ok("GET", f"/api/channel/search?keyword={keyword}")]  # noqa: E731
        self.assertEqual(found("alp"), [channel])
        self.assertEqual(found("lpha"), [])
        self.assertEqual(found(str(other)), [other])

    def test_082_the_catalogue_has_no_envelope(self):
        answer = self.root.call("GET", "/api/channel/models").json()
        self.assertNotIn("success", answer)
        self.assertEqual(answer["object"], "list")
        self.assertIn("gpt-4o", [model["id"] for model in answer["data"]])
        for model in answer["data"]:
            self.assertEqual(model["object"], "model")
            self.assertIsInstance(model["owned_by"], str)

    def test_083_a_test_goes_to_the_upstream_and_is_noted(self):
        channel = self.add(models="m,n")
        answer = self.root.call("GET", f"/api/channel/test/{channel}?model=n").json()
        self.assertTrue(answer["success"], answer)
        self.assertEqual(answer["modelName"], "n")
        self.assertIsInstance(answer["time"], float)
        self.assertNotEqual(answer["message"], "")
        shown = self.get(channel)
        self.assertGreater(shown["test_time"], 1700000000)
        row = self.root.ok("GET", f"/api/log/?type=5&channel={channel}")[0]
        self.assertEqual((row["channel"], row["model_name"], row["user_id"]), (channel, "n", 0))
        self.root.call("GET", f"/api/channel/test/{channel}?model=undefined")
        self.assertEqual(self.root.ok("GET", f"/api/log/?type=5&channel={channel}")[0]["model_name"], "m")

    def test_083_a_disabled_channel_can_be_tested_and_nothing_is_charged(self):
        channel = self.add()
        self.root.ok("PUT", "/api/channel/", {"id": channel, "status": 2})
        quota = self.sql("SELECT quota, used_quota FROM users WHERE id = 1")
        self.assertTrue(self.root.call("GET", f"/api/channel/test/{channel}").json()["success"])
        self.assertEqual(self.sql("SELECT quota, used_quota FROM users WHERE id = 1"), quota)
        self.assertEqual(self.get(channel)["status"], 2)

    def test_084_a_refusal_is_no_success(self):
        channel = self.add(base_url=self.mock.url("status:401"))
        answer = self.root.call("GET", f"/api/channel/test/{channel}?model=m").json()
        self.assertEqual((answer["success"], answer["time"]), (False, 0))
        self.assertNotEqual(answer["message"], "")
        self.assertEqual(self.get(channel)["response_time"], 0)

    def test_085_all_disabled_ones_are_tested_one_run_at_a_time(self):
        channel = self.add(base_url=self.mock.url("delay:1500"))
        self.root.ok("PUT", "/api/channel/", {"id": channel, "status": 2})
        tested = lambda: self.get(channel)["test_time"]  # noqa: E731
        self.root.ok("GET", "/api/channel/test?scope=disabled")
        self.root.fail("GET", "/api/channel/test?scope=disabled")
        self.eventually(lambda: tested() > 0, "the run has tested it")
        self.assertEqual(self.get(channel)["status"], 2)
        self.root.ok("PUT", "/api/option/", {"key": "AutomaticEnableChannelEnabled", "value": "true"})
        self.addCleanup(self.root.ok, "PUT", "/api/option/", {"key": "AutomaticEnableChannelEnabled", "value": "false"})
        started = lambda: self.root.call("GET", "/api/channel/test?scope=disabled").json()["success"]  # noqa: E731
        self.eventually(started, "the first run has ended")
        self.eventually(lambda: self.get(channel)["status"] == 1, "it is enabled again")

    def test_086_balances(self):
        self.root.fail("GET", f"/api/channel/update_balance/{self.add(type=14)}")
        self.root.ok("GET", "/api/channel/update_balance")
        script = '{"data":{"total_credits":12.5,"total_usage":2.25}}'
        with Answering(script) as upstream:
            channel = self.add(type=20, base_url=upstream.url, key="router-key")
            answer = self.root.call("GET", f"/api/channel/update_balance/{channel}/").json()
        self.assertEqual(answer, {"success": True, "message": "", "balance": 10.25})
        self.assertEqual(upstream.seen, ("/v1/credits", "Bearer router-key"))
        shown = self.get(channel)
        self.assertEqual(shown["balance"], 10.25)
        self.assertGreater(shown["balance_updated_time"], 1700000000)

    def test_087_disabled_ones_are_removed_with_their_abilities(self):
        kept, by_hand, automatic = self.add(), self.add(), self.add()
        self.root.ok("PUT", "/api/channel/", {"id": by_hand, "status": 2})
        self.root.ok("PUT", "/api/channel/", {"id": automatic, "status": 3})
        self.assertEqual(self.root.ok("DELETE", "/api/channel/disabled"), 2)
        self.assertEqual([c["id"] for c in self.root.ok("GET", "/api/channel/")], [kept])
        self.assertEqual(self.sql("SELECT DISTINCT channel_id FROM abilities"), [(kept,)])
        self.assertIsNone(self.root.ok("DELETE", f"/api/channel/{kept}/"))
        self.root.ok("DELETE", f"/api/channel/{kept}")

    def test_015_models_by_channel_type(self):
        self.assertEqual(self.client().call("GET", "/api/models").status, 401)
        models = self.root.ok("GET", "/api/models")
        self.assertTrue({str(i) for i in range(1, 52)} <= set(models))
        self.assertTrue(all(isinstance(name, str) for names in models.values() for name in names))
        self.assertIn("gpt-4o", models["1"])
        self.assertEqual(models["43"], [])


class Answering:
    """An upstream that answers one text to everything."""

    def __init__(self, text):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.seen = (self.path, self.headers.get("Authorization"))
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.seen = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
