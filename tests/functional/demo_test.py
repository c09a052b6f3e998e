"""The demo provider: a fresh install answers without any account, and fails when it is asked to."""
import json
import unittest

from cases import GatewayCase


class Demo(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.gateway.cli("channel", "add", "--name", "demo", "--type", "demo", "--base-url", "http://demo.invalid", "--key", "none",
                        "--models", "demo,demo-embedding")

    def ask(self, content, path="/v1/chat/completions", **members):
        return self.call("POST", path, {"model": "demo", "messages": [{"role": "user", "content": content}], **members}, timeout=30)

    def test_chat(self):
        answer = self.ask("Tell me about switchyards.")
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.json()["choices"][0]["message"]["content"])
        self.assertGreater(answer.json()["usage"]["completion_tokens"], 0)

    def test_stream_comes_in_pieces(self):
        answer = self.ask("Tell me about switchyards.", stream=True)
        self.assertEqual(answer.events()[-1], "[DONE]")
        self.assertGreater(len(answer.events()), 5)
        self.assertTrue(answer.text())

    def test_tool_call(self):
        tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
        choice = self.ask("Please call the tool get_weather.", tools=[tool]).json()["choices"][0]
        self.assertEqual(choice["finish_reason"], "tool_calls")
        call = choice["message"]["tool_calls"][0]
        self.assertEqual(call["function"]["name"], "get_weather")
        self.assertIsInstance(json.loads(call["function"]["arguments"]), dict)

    def test_fails_on_request(self):
        for status in (400, 401, 429, 500, 503):
            with self.subTest(status):
                self.assertError(self.ask(f"please fail with {status}"), status)
                self.assertError(self.ask(f"please fail with {status}", stream=True), status)

    def test_completions_and_embeddings(self):
        answer = self.call("POST", "/v1/completions", {"model": "demo", "prompt": "A switchyard is"}, timeout=30)
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.json()["choices"][0]["text"])
        answer = self.call("POST", "/v1/embeddings", {"model": "demo-embedding", "input": ["a", "b", "a"]}, timeout=30)
        self.assertEqual(answer.status, 200, answer)
        vectors = [item["embedding"] for item in answer.json()["data"]]
        self.assertEqual(len(vectors), 3)
        self.assertEqual(vectors[0], vectors[2])
        self.assertNotEqual(vectors[0], vectors[1])


if __name__ == "__main__":
    unittest.main()
