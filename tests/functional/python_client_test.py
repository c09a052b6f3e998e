"""The official OpenAI client for Python: answers arrive as its objects, failures as its exceptions."""
import asyncio
import json
import unittest

from cases import GatewayCase, skip_or_fail
from switchyard_tests.mock import body_of
from switchyard_tests.processes import free_port

try:
    import openai
except ImportError:
    openai = None

WORDS = " wagons roll over the hump and find their"
WEATHER = {"type": "function", "function": {"name": "get_weather", "strict": True, "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}}}


class PythonClient(GatewayCase):
    @classmethod
    def setUpClass(cls):
        if openai is None:
            skip_or_fail("the Python package openai is not installed (./dev test installs it)")
        super().setUpClass()
        cls.client = cls.client_with(cls.token)
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def client_with(cls, key):
        return openai.OpenAI(api_key=key, base_url=cls.gateway.url + "/v1", max_retries=0, timeout=20)

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.gateway.add_channel("troubled", ["mock:status:400", "mock:status:401", "mock:status:429", "mock:status:500", "mock:cut-mid",
                                             "mock:error-mid", "mock:reset", "mock:stream:20:20"], cls.mock.url())
        cls.gateway.add_channel("refusing", ["refusing"], f"http://127.0.0.1:{free_port()}")

    def chat(self, model="gpt-4o-mini", **members):
        return self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Which track?"}], **members)

    def test_chat(self):
        answer = self.chat()
        self.assertEqual(answer.choices[0].finish_reason, "stop")
        self.assertTrue(answer.choices[0].message.content.startswith("Wagons roll"))
        self.assertEqual((answer.usage.prompt_tokens, answer.usage.total_tokens), (19, 45))

    def test_stream(self):
        chunks = list(self.chat(stream=True))
        self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in chunks), WORDS)
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")
        self.assertTrue(all(chunk.usage is None for chunk in chunks))

    def test_stream_with_usage(self):
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        self.assertEqual((chunks[-1].choices, chunks[-1].usage.completion_tokens), ([], 8))

    def test_tool_call(self):
        call = self.chat(tools=[WEATHER], tool_choice="auto").choices[0].message.tool_calls[0]
        self.assertEqual((call.id, call.function.name, json.loads(call.function.arguments)), ("call_mock_1", "get_weather", {"city": "Köln"}))
        self.assertEqual(json.loads(body_of(self.mock.requests()[0]))["tools"], [WEATHER])

    def test_streamed_tool_call(self):
        with self.client.chat.completions.stream(model="gpt-4o-mini", messages=[{"role": "user", "content": "hi"}], tools=[WEATHER]) as stream:
            final = stream.get_final_completion()
        call = final.choices[0].message.tool_calls[0]
        self.assertEqual((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Köln"}))

    def test_tool_result(self):
        messages = [{"role": "user", "content": "Weather?"},
                    {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                    {"role": "tool", "tool_call_id": "c1", "content": "rain"}]
        self.client.chat.completions.create(model="gpt-4o-mini", messages=messages)
        self.assertEqual(json.loads(body_of(self.mock.requests()[0]))["messages"], messages)

    def test_vision_parts(self):
        content = [{"type": "text", "text": "What is this?"},
                   {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
                   {"type": "image_url", "image_url": {"url": "https://example.org/wagon.png"}}]
        self.client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": content}])
        self.assertEqual(json.loads(body_of(self.mock.requests()[0]))["messages"][0]["content"], content)

    def test_json_schema(self):
        schema = {"type": "json_schema", "json_schema": {"name": "yard", "strict": True, "schema": {
            "type": "object", "properties": {"name": {"type": "string"}, "wagons": {"type": "integer"}}, "required": ["name", "wagons"],
            "additionalProperties": False}}}
        answer = self.chat(response_format=schema)
        self.assertEqual(json.loads(answer.choices[0].message.content), {"name": "Ada", "wagons": 36})
        self.assertEqual(json.loads(body_of(self.mock.requests()[0]))["response_format"], schema)

    def test_unknown_members_survive(self):
        self.chat(extra_body={"x_vendor": {"deep": [1, {"a": None}]}, "reasoning_effort": "low"})
        sent = json.loads(body_of(self.mock.requests()[0]))
        self.assertEqual((sent["x_vendor"], sent["reasoning_effort"]), ({"deep": [1, {"a": None}]}, "low"))

    def test_embeddings(self):
        for encoding in ({}, {"encoding_format": "float"}):
            answer = self.client.embeddings.create(model="text-embedding-3-small", input=["a", "b", "c"], **encoding)
            self.assertEqual([item.embedding for item in answer.data], [[float(i), 0.25, -0.5, 1.0] for i in range(3)])
            self.assertEqual(answer.usage.prompt_tokens, 9)

    def test_legacy_completions(self):
        answer = self.client.completions.create(model="gpt-3.5-turbo-instruct", prompt="A switchyard is")
        self.assertEqual(answer.choices[0].text, " a yard for wagons")
        chunks = list(self.client.completions.create(model="gpt-3.5-turbo-instruct", prompt="A switchyard is", stream=True))
        self.assertEqual("".join(chunk.choices[0].text for chunk in chunks), " a yard for wagons")

    def test_moderations(self):
        answer = self.client.moderations.create(model="omni-moderation-latest", input="Off with his coupling!")
        self.assertTrue(answer.results[0].flagged)

    def test_models(self):
        ids = [model.id for model in self.client.models.list()]
        self.assertIn("gpt-4o-mini", ids)
        self.assertEqual(self.client.models.retrieve("gpt-4o-mini").id, "gpt-4o-mini")
        with self.assertRaises(openai.NotFoundError) as caught:
            self.client.models.retrieve("nothing")
        self.assertEqual((caught.exception.code, caught.exception.param), ("model_not_found", "model"))

    def raises(self, kind, model, **members):
        with self.assertRaises(kind) as caught:
            answer = self.chat(model, **members)
            if members.get("stream"):
                list(answer)
        self.assertIs(type(caught.exception), kind)
        return caught.exception

    def test_bad_key(self):
        with self.client_with("sk-wrong") as client, self.assertRaises(openai.AuthenticationError) as caught:
            client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "hi"}])
        self.assertEqual((caught.exception.status_code, caught.exception.type), (401, "one_api_error"))

    def test_unknown_model(self):
        self.assertEqual(self.raises(openai.InternalServerError, "no-such-model").status_code, 503)

    def test_upstream_refusals(self):
        for status, kind, code in ((400, openai.BadRequestError, "invalid_value"), (401, openai.AuthenticationError, "invalid_api_key"),
                                   (429, openai.RateLimitError, "rate_limit_exceeded"), (500, openai.InternalServerError, None)):
            for stream in (False, True):
                with self.subTest(status=status, stream=stream):
                    error = self.raises(kind, f"mock:status:{status}", stream=stream)
                    self.assertEqual((error.status_code, error.code), (status, code))
                    self.assertTrue(error.message)

    def test_no_upstream(self):
        for model in ("refusing", "mock:reset"):
            self.assertGreaterEqual(self.raises(openai.InternalServerError, model).status_code, 500)

    def test_cut_in_the_middle(self):
        for model in ("mock:cut-mid", "mock:error-mid"):
            with self.subTest(model):
                text = ""
                with self.assertRaises(openai.APIError) as caught:
                    for chunk in self.chat(model, stream=True):
                        text += chunk.choices[0].delta.content or ""
                self.assertEqual(text, " wagons roll over")
                self.assertNotIsInstance(caught.exception, openai.APIStatusError)

    def test_many_at_once(self):
        async def all_of_them():
            async with openai.AsyncOpenAI(api_key=self.token, base_url=self.gateway.url + "/v1", max_retries=0) as client:
                async def one():
                    stream = await client.chat.completions.create(model="mock:stream:20:20", stream=True,
                                                                  messages=[{"role": "user", "content": "hi"}])
                    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
                return await asyncio.gather(*(one() for _ in range(50)))
        texts = asyncio.run(all_of_them())
        self.assertEqual(set(texts), {(WORDS * 3)[:len(texts[0])]})
        self.assertEqual(len(texts[0].split()), 20)


if __name__ == "__main__":
    unittest.main()
