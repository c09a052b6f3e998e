#include "cuts.h"

#include "vector.h"

#include <algorithm>
#include <random>
#include <set>

namespace switchyard::replay
{

namespace
{

constexpr size_t kAround = 3;

/// How many cuts of each kind.
struct Plan
{
    size_t every;    ///< every position up to here
    size_t borders;  ///< around so many frame borders
    size_t random;   ///< so many single ones anywhere
    size_t several;  ///< so many lists of 2, 3, 4 ... at once
    size_t byteWise; ///< byte by byte, if the body is no larger
};

Plan planFor(size_t size, Effort effort)
{
    constexpr size_t large = 128 * 1024; // each run takes a time in proportion to the size: all of them, its square
    if (size > large) return {8, 2, 5, 3, 0};
    switch (effort)
    {
    case Effort::quick:
        return {64, 6, 20, 5, 16 * 1024};
    case Effort::bounded:
        return {4096, SIZE_MAX, 200, 40, 64 * 1024};
    case Effort::all:
        return {size, 0, 0, 40, 64 * 1024};
    }
    return {};
}

void addBorders(const std::string& body, size_t most, std::set<size_t>& places)
{
    if (most == 0) return;
    size_t at = 0;
    size_t borders = 0;
    for (const std::string& frame : framesOf(body))
    {
        at += frame.size();
        if (++borders > most) return;
        for (size_t place = at - std::min(at, kAround); place <= std::min(body.size(), at + kAround); ++place)
            places.insert(place);
    }
}

} // namespace

std::vector<std::vector<size_t>> cutsOf(const std::string& body, Effort effort)
{
    std::mt19937_64 random(body.size()); // the same in every run: a failure can be repeated
    const auto anywhere = [&] { return body.empty() ? size_t{0} : static_cast<size_t>(random() % body.size()); };
    const Plan plan = planFor(body.size(), effort);

    std::set<size_t> places;
    for (size_t place = 0; place <= std::min(plan.every, body.size()); ++place)
        places.insert(place);
    addBorders(body, plan.borders, places);
    for (size_t i = 0; i < plan.random; ++i)
        places.insert(anywhere());

    std::vector<std::vector<size_t>> runs;
    for (const size_t place : places)
        runs.push_back({place});
    for (size_t i = 0; i < plan.several; ++i)
    {
        std::vector<size_t> several;
        for (size_t k = 0; k < 2 + i; ++k)
            several.push_back(anywhere());
        std::sort(several.begin(), several.end());
        runs.push_back(std::move(several));
    }
    if (body.size() <= plan.byteWise)
    {
        std::vector<size_t> bytes(body.size());
        for (size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = i;
        runs.push_back(std::move(bytes));
    }
    return runs;
}

} // namespace switchyard::replay
