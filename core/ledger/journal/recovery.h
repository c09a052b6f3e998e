// What a start finds in the journal.
#pragma once

#include "ledger/journal/record.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace switchyard::ledger
{

/// A stream that had begun and was not settled: its process was killed. To be settled as `gateway_stopped` (ledger.md 6).
struct OpenRequest
{
    BeginRecord begin;
    int64_t completionTokens = 0; ///< by its last progress record
    int64_t lastSeenAt = 0;       ///< Unix milliseconds of that
    uint64_t sequence = 0;        ///< of the begin
};

/// So many request ids are named of what is not applied.
inline constexpr size_t kMostNamed = 10'000;

/// Rubbish where the last, unsynced writes went: a power loss. What stood there had not been promised to survive one.
struct TornTail
{
    std::string file;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    uint64_t readable = 0;               ///< records in it that are whole
    std::vector<std::string> requestIds; ///< theirs, at most kMostNamed
};

/// Records are missing that had been safe. Nothing behind the place is applied, and billable requests are refused until
/// `switchyard journal repair --accept-loss`.
struct Damage
{
    std::string file;
    uint64_t offset = 0;
    std::string what;
    uint64_t firstLost = 0;              ///< the number that could not be read
    uint64_t readable = 0;               ///< records behind it that are whole
    std::vector<std::string> requestIds; ///< theirs, at most kMostNamed
};

/// A file of the journal, oldest first.
struct SegmentInfo
{
    std::string name;
    uint64_t ordinal = 0; ///< counts the files from 1
    uint64_t first = 0;   ///< the number of its first record, if it has any
    uint64_t last = 0;    ///< first - 1: it has none
    uint64_t bytes = 0;   ///< used
    int64_t lastWrittenAt = 0;
    uint64_t openBegins = 0; ///< of streams that are not settled
};

struct Recovery
{
    std::string journalId;  ///< empty: there is no journal yet
    uint64_t first = 1;     ///< the oldest record that is kept
    uint64_t last = 0;      ///< the newest that can be read; with damage: before it
    uint64_t runs = 0;      ///< so many starts have written to it
    std::vector<SegmentInfo> segments;
    std::vector<OpenRequest> open; ///< empty with damage: what is behind it may have settled them
    std::optional<TornTail> torn;
    std::optional<Damage> damage;
};

} // namespace switchyard::ledger
