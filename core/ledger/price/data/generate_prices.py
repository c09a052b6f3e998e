#!/usr/bin/env python3
"""Makes prices.inc from One API's price tables. usage: generate_prices.py FOLDER   (holds model_ratios.json,
completion_ratios.json, image_ratios.json)

Mended on the way (billing.md 7, rows 7 and 12): StepFun and Groq prices were 1000 times too low, Replicate's 1000 times too
high, a negative price is left out (the model has none), o3-mini's completion ratio is 4. The constant 71 for CNY stays:
it is what an existing installation charges.
"""
import json
import os
import sys


def load(folder, name):
    return json.load(open(os.path.join(folder, name)))


def main(folder):
    models, completions, images = (load(folder, n + "_ratios.json") for n in ("model", "completion", "image"))
    suspect = models["_meta"]["suspect_units"]
    ratios = {}
    for name, ratio in models["ratios"].items():
        if name in suspect["1000x_too_low"]:
            ratio = float(f"{ratio * 1000:.12g}")
        if name in suspect["1000x_too_high"]:
            ratio = float(f"{ratio / 1000:.12g}")
        if ratio >= 0:
            ratios[name] = ratio
    exact = {**completions["exact_names"], "o3-mini": 4, "o3-mini-2025-01-31": 4}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prices.inc")
    with open(path, "w") as out:
        out.write("// Made by generate_prices.py. Do not edit. Sorted by name, where nothing else is said.\n")
        def table(name, rows):
            out.write(f"constexpr NamedRatio {name}[] = {{\n")
            for key in sorted(rows, key=str.encode):
                out.write(f"    {{{json.dumps(key)}, {rows[key]!r}}},\n")
            out.write("};\n")
        table("kModelRatios", ratios)
        table("kCompletionOverrides", completions["overrides"])
        table("kCompletionByName", exact)
        out.write("/// In order: prefix, suffix, exact name (empty: any), ratio.\nconstexpr CompletionRule kCompletionRules[] = {\n")
        for rule in completions["rules"]:
            parts = [json.dumps(rule.get(key, "")) for key in ("prefix", "suffix", "exact")]
            out.write(f"    {{{', '.join(parts)}, {rule['ratio']!r}}},\n")
        out.write("};\nconstexpr ImageSizeRatio kImageSizes[] = {\n")
        for model, sizes in images["size_ratios"].items():
            for size, ratio in sizes.items():
                out.write(f"    {{{json.dumps(model)}, {json.dumps(size)}, {ratio!r}}},\n")
        out.write("};\n")
    print(len(ratios), "models")


main(sys.argv[1])
