// Which streams have begun and are not settled.
#pragma once

#include "ledger/journal/recovery.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace switchyard::ledger
{

/// Follows the records in order. [one thread]
class OpenStreams
{
public:
    /// `keepBegins`: of what is open the begin is kept, for list(); else only where it stands.
    explicit OpenStreams(bool keepBegins) noexcept : keepBegins_(keepBegins) {}

    /// A payload of the segment `ordinal`. False: it is no record that this version knows.
    bool follow(uint64_t sequence, int64_t writtenAt, std::string_view payload, uint64_t ordinal);

    std::vector<OpenRequest> list() const; ///< by sequence
    /// How many of those that began in `ordinal` are open.
    uint64_t openIn(uint64_t ordinal) const;

private:
    struct Stream
    {
        uint64_t ordinal = 0;
        uint64_t sequence = 0;
        int64_t completionTokens = 0;
        int64_t lastSeenAt = 0;
        std::unique_ptr<BeginRecord> begin;
    };
    bool progress(int64_t writtenAt, std::string_view payload);

    const bool keepBegins_;
    std::unordered_map<uint64_t, Stream> streams_; ///< by ticket
    std::unordered_map<uint64_t, uint64_t> openIn_;
};

} // namespace switchyard::ledger
