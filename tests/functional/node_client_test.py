"""The official OpenAI client for Node, driven through node/client.mjs: one answer line per question."""
import json
import pathlib
import shutil
import subprocess
import unittest

from cases import GatewayCase, skip_or_fail
from switchyard_tests.mock import body_of

HERE = pathlib.Path(__file__).resolve().parent
WORDS = " wagons roll over the hump and find their"


class NodeClient(GatewayCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node"):
            skip_or_fail("node is not installed")
        if not (HERE / "node" / "node_modules" / "openai").is_dir():
            skip_or_fail("the Node package openai is not installed (./dev test installs it)")
        super().setUpClass()

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.gateway.add_channel("troubled", ["mock:status:400", "mock:status:401", "mock:status:429", "mock:status:500", "mock:cut-mid",
                                             "mock:error-mid"], cls.mock.url())

    def ask(self, question, key=None, **arguments):
        """What the client made of it: {"result": ...} or {"error": {"name", "status", "code", "type"}, "text"?}."""
        done = subprocess.run(["node", HERE / "node" / "client.mjs", question, json.dumps(arguments)], capture_output=True, text=True, timeout=60,
                              env={**self.gateway.environment, "OPENAI_BASE_URL": self.gateway.url + "/v1", "OPENAI_API_KEY": key or self.token})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_chat(self):
        answer = self.ask("chat")["result"]
        self.assertEqual((answer["choices"][0]["finish_reason"], answer["usage"]["total_tokens"]), ("stop", 45))

    def test_stream(self):
        self.assertEqual(self.ask("stream"), {"result": {"text": WORDS, "finish": "stop", "usage": None}})
        self.assertEqual(self.ask("stream", stream_options={"include_usage": True})["result"]["usage"]["completion_tokens"], 8)

    def test_tool_calls(self):
        tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]
        for question in ("chat", "collected"):
            call = self.ask(question, tools=tools)["result"]["choices"][0]["message"]["tool_calls"][0]
            self.assertEqual((call["function"]["name"], json.loads(call["function"]["arguments"])), ("get_weather", {"city": "Köln"}))

    def test_vision_parts_and_schema(self):
        messages = [{"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]}]
        schema = {"type": "json_schema", "json_schema": {"name": "yard", "schema": {"type": "object"}}}
        answer = self.ask("chat", messages=messages, response_format=schema)["result"]
        self.assertEqual(json.loads(answer["choices"][0]["message"]["content"]), {"name": "Ada", "wagons": 36})
        sent = json.loads(body_of(self.mock.requests()[0]))
        self.assertEqual((sent["messages"], sent["response_format"]), (messages, schema))

    def test_embeddings(self):
        answer = self.ask("embeddings", input=["a", "b"])["result"]
        self.assertEqual([item["embedding"] for item in answer["data"]], [[0, 0.25, -0.5, 1], [1, 0.25, -0.5, 1]])

    def test_completions_and_moderations(self):
        self.assertEqual(self.ask("completion")["result"]["choices"][0]["text"], " a yard for wagons")
        self.assertTrue(self.ask("moderation")["result"]["results"][0]["flagged"])

    def test_models(self):
        self.assertIn("gpt-4o-mini", self.ask("models")["result"])
        self.assertEqual(self.ask("model", model="gpt-4o-mini")["result"]["id"], "gpt-4o-mini")
        self.assertEqual(self.ask("model", model="nothing")["error"],
                         {"name": "NotFoundError", "status": 404, "code": "model_not_found", "type": "invalid_request_error"})

    def test_errors(self):
        error = self.ask("chat", key="sk-wrong")["error"]
        self.assertEqual((error["name"], error["status"], error["type"]), ("AuthenticationError", 401, "one_api_error"))
        error = self.ask("chat", model="no-such-model")["error"]
        self.assertEqual((error["name"], error["status"]), ("InternalServerError", 503))
        for status, name, code in ((400, "BadRequestError", "invalid_value"), (401, "AuthenticationError", "invalid_api_key"),
                                   (429, "RateLimitError", "rate_limit_exceeded"), (500, "InternalServerError", None)):
            for question in ("chat", "stream"):
                error = self.ask(question, model=f"mock:status:{status}")["error"]
                self.assertEqual((error["name"], error["status"], error["code"]), (name, status, code))

    def test_cut_in_the_middle(self):
        for model in ("mock:cut-mid", "mock:error-mid"):
            answer = self.ask("stream", model=model)
            self.assertEqual((answer["error"]["name"], answer["text"]), ("APIError", " wagons roll over"))


if __name__ == "__main__":
    unittest.main()
