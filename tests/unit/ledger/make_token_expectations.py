#!/usr/bin/env python3
"""Makes data/token_expectations.jsonl with tiktoken itself, from the tricky strings below.

usage: make_token_expectations.py FOLDER     (needs the PyPI package tiktoken; FOLDER holds the .tiktoken files, as
                                              core/ledger/tokens/data/generate_ranks.py describes)

A line is a JSON array: the text, then the ranks in cl100k_base, o200k_base, p50k_base and r50k_base, an array each.
"""
import base64
import json
import os
import random
import sys

import tiktoken
import tiktoken_ext.openai_public as public

NAMES = ("cl100k_base", "o200k_base", "p50k_base", "r50k_base")
APOSTROPHES = ["don't", "DON'T", "I'LL we'll", "x're'VE", "'rer", "'rx", "'", "''", "'s's", "it's\u2019s", "a'\u017f b",
               "'\u017fx", "\u212a's", "l'homme", "'ll 'l 'le", "1's", "!'d", "中's", "é'm", "x'", "'t\n", "they'vexed"]
SPACES = ["today\n ", "today\n \n", "today\n  \n", " ", "  ", "   x", "\n", "\n\n", "\r\n\r\n\t\tx", " \n \n  x", "a  b", "a\t\tb",
          "\t", " \t 1", "  !", "\u00a0x", "a\u00a0 b", "\u3000\u3000中", "x\u0085y", " \u00850", "\ufeffBOM", "\u200bzero",
          "\u2028\u2029p", "a \n", " \r", "\r \r", "    def f(x):\n        return x\n", " " * 80, "\n" * 40, " \n" * 30, "\t" * 20,
          "x" + " " * 13 + "y", "  9", "  ''", "\x0b\x0c\x1c", "\x1d \x1e"]
NUMBERS = ["0" * n for n in range(1, 18)] + ["1234567890", "3.14159", "1,000,000", "٣٤٥٦", "½¾", "ⅧⅨ", "²³", "1a2b3c", "１２３４", "0x1F",
          "12 345", " 12345", "-1e10", "𝟘𝟙𝟚𝟛"]
WORDS = ["hello world", "Hello, world!", "tiktoken is great!", "antidisestablishmentarianism", "2 + 2 = 4", "お誕生日おめでとう", "rer",
         "👍", "请考试我的软件！12345", "你好，世界", "The quick brown fox jumps over the lazy dog.", "<|endoftext|>", "Привет, мир!",
         "안녕하세요 세계", "مرحبا بالعالم", "e\u0301 é", "a\u00a0b\u3000c", "HTTPServerERROR camelCase snake_case", "iPhone XMLHttpRequest",
         "ABC中DEF", "中ABC", "中文abcDEF", "A\u0301B", "\u0301ABC", "\u0301", "!\u0301x", "ǅungla ǆ Ǆ", "ʰa ªb", "İstanbul ß ẞ",
         "नमस्ते दुनिया", "สวัสดีชาวโลก", "שלום עולם", "Ελληνικά", "ქართული", "አማርኛ", "𠀀𠀁𪚥", "𝔘𝔫𝔦", "🇩🇪🇫🇷", "👨‍👩‍👧‍👦", "☃️", "①②", "ﬁ ﬂ",
         "{\"a\":[1,2,3],\"b\":null}", "https://api.openai.com/v1/chat/completions?stream=true", "a/b//c/\n/", "!!!\n\n/", "...\r\n",
         "--------", "=" * 70, "_" * 33, "#include <x.h>", "x=y;//z", "\\n\\t", "\x00\x01", "\x7f", "a" * 50, "x" * 1000, "ab" * 300,
         "中" * 200, "的" * 7, "Aa" * 40, "aA" * 40, "ZZZ" * 30, "é" * 100, "👍" * 20, "\U0010ffff", "\ue000", "。" * 30, "「引用」", "ＡＢＣ",
         "$100 €50 £20", "C++ C#", "e.g., i.e.", "foo@bar.com", "'quoted'", "“curly”", "naïve café", "SELECT * FROM t;"]


def load(folder, name):
    lines = open(os.path.join(folder, name + ".tiktoken"), "rb").read().splitlines()
    return {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in lines}


def mixed(count):
    """Concatenations of the strings above: borders between every kind of thing."""
    draw = random.Random(20)
    parts = [text for text in APOSTROPHES + SPACES + NUMBERS + WORDS if len(text) < 12]
    return ["".join(draw.choice(parts) for _ in range(draw.randint(2, 9))) for _ in range(count)]


def main(folder):
    public.load_tiktoken_bpe = lambda url, expected_hash=None: load(folder, os.path.basename(url)[: -len(".tiktoken")])
    encodings = [tiktoken.Encoding(**public.ENCODING_CONSTRUCTORS[name]()) for name in NAMES]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "token_expectations.jsonl")
    with open(path, "w") as out:
        for text in APOSTROPHES + SPACES + NUMBERS + WORDS + mixed(120):
            row = [text] + [encoding.encode_ordinary(text) for encoding in encodings]
            out.write(json.dumps(row, separators=(",", ":")) + "\n")


main(sys.argv[1])
