#!/usr/bin/env python3
"""Makes data/charge_expectations.inc: random charges computed in exact fractions from the decimal ratios.

Row: prompt, completion, cached, reasoning, model, group, completion, cached, reasoning ratio, points.
"""
import math
import os
import random
from fractions import Fraction

draw = random.Random(3)
RATIOS = ["0", "0.01", "0.07", "0.075", "0.1", "0.14", "0.25", "0.275", "0.5", "0.75", "1", "1.25", "1.5", "2.5", "3.98", "8.52", "15", "30"]
COUNTS = [0, 1, 2, 3, 7, 10, 99, 100, 1000, 4096, 16384, 123457, 999999, 10**9]


def points(prompt, completion, cached, reasoning, model, group, per_completion, per_cached, per_reasoning):
    if prompt + completion == 0:
        return 0
    cached, reasoning = min(cached, prompt), min(reasoning, completion)
    weighted = prompt - cached + cached * per_cached + (completion - reasoning + reasoning * per_reasoning) * per_completion
    ratio = model * group
    return 0 if ratio == 0 else max(1, math.ceil(weighted * ratio))


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "charge_expectations.inc")
with open(path, "w") as out:
    out.write("// Made by make_charge_expectations.py. Do not edit.\n")
    for _ in range(600):
        counts = [draw.choice(COUNTS) for _ in range(4)]
        ratios = [draw.choice(RATIOS) for _ in range(5)]
        exact = points(*counts, *map(Fraction, ratios))
        out.write("{" + ", ".join(map(str, counts + ratios + [exact])) + "},\n")
