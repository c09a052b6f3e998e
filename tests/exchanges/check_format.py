#!/usr/bin/env python3
"""check_format.py FOLDER: every exchange has the recordings' format, is ours, and its JSON parts are JSON."""
import json
import pathlib
import sys

OPERATIONS = {"chat", "chat_stream", "completion", "completion_stream", "embeddings", "moderation", "models", "error"}


def faults(path, folder):
    exchange = json.loads(path.read_text())
    request, response = exchange["request"], exchange["response"]
    if exchange["id"] != str(path.relative_to(folder).with_suffix("")):
        yield f"its id is {exchange['id']}"
    if exchange["source"]["repo"] != "switchyard":
        yield "it is not of our own writing"
    if exchange["operation"] not in OPERATIONS:
        yield f"unknown operation {exchange['operation']}"
    if ("attempted_operation" in exchange) != (exchange["operation"] == "error"):
        yield "attempted_operation belongs to errors alone"
    if request["method"] == "POST" and not isinstance(request["body"], dict):
        yield "the request has no JSON object"
    if (request["body"] or {}).get("stream", False) != exchange.get("attempted_operation", exchange["operation"]).endswith("_stream"):
        yield "stream in the request and the operation disagree"
    kind = response["headers"]["content-type"]
    if kind.startswith("application/json"):
        json.loads(response["body"])
    if kind.startswith("text/event-stream"):
        lines = [line for line in response["body"].replace("\r\n", "\n").split("\n") if line.startswith("data:")]
        payloads = [line[len("data:"):].strip() for line in lines]
        for payload in payloads:
            if payload != "[DONE]":
                json.loads(payload)
        if exchange["operation"] != "error" and payloads[-1] != "[DONE]":
            yield "the stream does not end with [DONE]"


def main():
    folder = pathlib.Path(sys.argv[1])
    files = sorted(folder.glob("*/*.json"))
    failed = 0
    for path in files:
        found = list(faults(path, folder))
        failed += bool(found)
        for fault in found:
            print(f"{path}: {fault}")
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
