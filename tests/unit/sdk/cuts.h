// Feeding a decoder the same bytes in other pieces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace switchyard::sdk::tests
{

/// Calls `feed` with the pieces of `bytes` cut at the given offsets.
inline void feedCut(std::string_view bytes, const std::vector<size_t>& cuts,
                    const std::function<void(std::string_view)>& feed)
{
    size_t at = 0;
    for (size_t cut : cuts)
    {
        feed(bytes.substr(at, cut - at));
        at = cut;
    }
    feed(bytes.substr(at));
}

/// Calls `check` with the cuts: none, one at every byte, two at every pair (short texts), every byte alone, and some
/// drawn from a fixed seed.
inline void forAllCuts(std::string_view bytes, const std::function<void(const std::vector<size_t>&)>& check)
{
    check({});
    std::vector<size_t> all;
    for (size_t i = 1; i < bytes.size(); ++i)
    {
        check({i});
        all.push_back(i);
        if (bytes.size() > 120) continue;
        for (size_t j = i + 1; j < bytes.size(); ++j)
            check({i, j});
    }
    check(all);
    uint64_t state = 0x9E3779B97F4A7C15u;
    for (int round = 0; round < 50 && bytes.size() > 1; ++round)
    {
        std::vector<size_t> cuts;
        for (int k = 0; k < 5; ++k)
        {
            state = state * 6364136223846793005u + 1442695040888963407u;
            cuts.push_back(1 + static_cast<size_t>(state >> 33) % (bytes.size() - 1));
        }
        std::sort(cuts.begin(), cuts.end());
        check(cuts);
    }
}

} // namespace switchyard::sdk::tests
