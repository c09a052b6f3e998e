#!/usr/bin/env python3
"""Makes unicode_class.inc: the class of every code point that the splitting rules of the encodings ask for.

usage: generate_unicode.py      (needs the PyPI package unicodedata2, version 16.0.0: the Unicode version that tiktoken's
                                 regular expressions use)

Form: page[code point >> 7] names a page of 128 code points, packed two to a byte, low half first.
"""
import os
import unicodedata2

OTHER, UPPER, LOWER, CASELESS, MARK, NUMBER, SPACE, NEWLINE = range(8)
WHITE_SPACE = {9, 10, 11, 12, 13, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def class_of(code):
    if code in (10, 13):
        return NEWLINE
    if code in WHITE_SPACE:
        return SPACE
    category = unicodedata2.category(chr(code))
    if category in ("Lu", "Lt"):
        return UPPER
    if category == "Ll":
        return LOWER
    if category in ("Lm", "Lo"):
        return CASELESS
    return {"M": MARK, "N": NUMBER}.get(category[0], OTHER)


def main():
    assert unicodedata2.unidata_version == "16.0.0", unicodedata2.unidata_version
    pages, index = [], []
    for start in range(0, 0x110000, 128):
        classes = [class_of(code) for code in range(start, start + 128)]
        page = bytes(classes[i] | classes[i + 1] << 4 for i in range(0, 128, 2))
        if page not in pages:
            pages.append(page)
        index.append(pages.index(page))
    assert len(pages) <= 256
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unicode_class.inc")
    with open(path, "w") as out:
        out.write("// Made by generate_unicode.py from Unicode 16.0.0. Do not edit.\n")
        def table(name, rows):
            out.write(f"constexpr unsigned char {name}[] = {{\n")
            for i in range(0, len(rows), 40):
                out.write(",".join(str(value) for value in rows[i:i + 40]) + ",\n")
            out.write("};\n")
        table("kPageOf", index)
        table("kPages", b"".join(pages))
    print(len(pages), "pages,", len(index) + 64 * len(pages), "bytes")


main()
