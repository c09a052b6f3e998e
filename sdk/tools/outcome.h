// What an exchange amounted to: everything that must not depend on how the answer's bytes were cut.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::check
{

struct DeltaSeen
{
    uint32_t kind = 0, choice = 0, block = 0;
    std::string text, id, name, extra;
};

struct Outcome
{
    std::vector<std::string> requests; ///< method, URL, headers and body of each, as they would go out
    std::string answerHead;            ///< of an answer made of emits
    std::string bytes;                 ///< emitted and forwarded, joined
    std::vector<DeltaSeen> deltas;     ///< neighbours of one kind, choice and block merged
    std::map<std::string, int64_t> usage;
    bool usageFinal = false;
    std::string end; ///< "finished", "forwarded", "failed: ...", "cancelled"
    bool failed = false;
    bool answered = false;           ///< the recorded answer was asked for and delivered
    bool more = false;               ///< it asked for more than the recording has
    std::vector<std::string> faults; ///< rules of the ABI that it broke
    std::vector<std::string> trace;  ///< every action in its order

    void add(const DeltaSeen& delta);
};

/// The outcome as lines of text.
std::vector<std::string> describe(const Outcome& outcome);

/// What differs first between two outcomes; empty: nothing does.
std::string difference(const Outcome& expected, const Outcome& got);

/// "text", "stop" ...; a number for kinds that are not known.
std::string deltaName(uint32_t kind);

/// `text` as a JSON string, in its first and last part where it is long.
std::string shown(std::string_view text);

} // namespace switchyard::check
