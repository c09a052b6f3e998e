#!/usr/bin/env python3
"""Makes models.inc from the channel type table: generate.py CHANNEL_TYPES.json > models.inc

The names are those that a One API administrator gets when he presses "fill in related models": data of their time, kept so
that an imported channel finds what it had. A channel's own list wins, and `switchyard channel` can ask the upstream.
"""
import json
import sys

# Lists of the channel types that family.cpp serves, by the name it calls them.
LISTS = {
    "OpenAI": "openai", "AI360": "ai360", "OpenRouter": "openrouter", "Moonshot": "moonshot", "Baichuan": "baichuan",
    "Minimax": "minimax", "Mistral": "mistral", "Groq": "groq", "LingYiWanWu": "lingyiwanwu", "StepFun": "stepfun",
    "DeepSeek": "deepseek", "TogetherAI": "togetherai", "Doubao": "doubao", "Novita": "novita",
    "SiliconFlow": "siliconflow", "Xai": "xai", "BaiduV2": "baiduv2", "XunfeiV2": "xunfeiv2",
    "AliBailian": "alibailian", "GeminiV2": "geminiv2",
}


def main():
    with open(sys.argv[1], encoding="utf-8") as table:
        types = json.load(table)["channel_types"]
    models = {}
    for entry in types:
        if entry["model_list_name"]:
            models.setdefault(entry["model_list_name"], list(dict.fromkeys(entry["models"])))
    print("// Made by models/generate.py from the channel type table; edit that, not this.")
    for name, key in LISTS.items():
        print(f"\nconstexpr const char* kModels{name}[] = {{")
        for model in models[key]:
            print(f"    {json.dumps(model)},")
        print("};")


if __name__ == "__main__":
    main()
