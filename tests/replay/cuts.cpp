#include "cuts.h"

#include "vector.h"

#include <algorithm>
#include <random>
#include <set>

namespace switchyard::replay
{

namespace
{

constexpr size_t kFirst = 4096;
constexpr size_t kLargestWhole = 128 * 1024; // beyond, every position would take the square of the size
constexpr size_t kLargestByteWise = 64 * 1024;
constexpr size_t kAround = 3;

void addBorders(const std::string& body, size_t most, std::set<size_t>& places)
{
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

    // Each run takes a time in proportion to the size: large bodies get a sample.
    const bool sample = effort == Effort::quick || body.size() > kLargestWhole;
    const size_t every = sample ? 64 : effort == Effort::all ? body.size() : kFirst;
    std::set<size_t> places;
    for (size_t place = 0; place <= std::min(every, body.size()); ++place)
        places.insert(place);
    addBorders(body, sample ? 6 : SIZE_MAX, places);
    for (int i = 0; i < (sample ? 20 : 200); ++i)
        places.insert(anywhere());

    std::vector<std::vector<size_t>> runs;
    for (const size_t place : places)
        runs.push_back({place});
    for (int i = 0; i < (sample ? 5 : 40); ++i)
    {
        std::vector<size_t> several;
        for (int k = 0; k < 2 + i; ++k)
            several.push_back(anywhere());
        std::sort(several.begin(), several.end());
        runs.push_back(std::move(several));
    }
    if (body.size() <= (effort == Effort::quick ? kLargestByteWise / 4 : kLargestByteWise))
    {
        std::vector<size_t> bytes(body.size());
        for (size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = i;
        runs.push_back(std::move(bytes));
    }
    return runs;
}

} // namespace switchyard::replay
