// What the usage journal holds: one request's beginning, its progress and its settlement (ledger.md 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace switchyard::ledger
{

/// Whose balance: every charge goes to a user; a limited token has a balance of its own besides.
struct Parties
{
    int64_t userId = 0;
    int64_t tokenId = 0;       ///< 0: none
    bool tokenLimited = false; ///< at the hold: its remain_quota is charged, too
    int64_t channelId = 0;
};

/// What a row of `logs` says of a request, however it ended. Texts are UTF-8, cut to their columns when journaled.
struct RowFacts
{
    std::string requestId;
    std::string userName;
    std::string tokenName;
    std::string model;      ///< after the channel's mapping, as One API's rows have it
    std::string upstreamId;
    std::string finish;
    std::string detail;     ///< JSON, under 4 KB (ledger.md 9)
    int64_t createdAt = 0;  ///< Unix milliseconds, taken once
    int64_t elapsedMs = 0;
    bool stream = false;
    bool systemPromptReset = false;
};

/// A stream has been committed: what a start after a kill needs to settle it.
struct BeginRecord
{
    uint64_t ticket = 0; ///< UsageJournal::newTicket: what its progress and settle records name it by
    Parties parties;
    RowFacts facts;
    int64_t held = 0;
    /// Pinned price: model, group, completion, cached, cache write, audio input, reasoning, audio output (charge.h).
    double price[8] = {};
    int64_t promptTokens = 0; ///< counted here
};

/// All streams that have moved since the last one, with what their clients have received.
struct ProgressRecord
{
    struct Stream
    {
        uint64_t ticket = 0;
        int64_t completionTokens = 0; ///< of what the client's socket accepted
    };
    std::vector<Stream> streams;
};

/// The end: what is charged, and the row that says so.
struct SettleRecord
{
    uint64_t ticket = 0; ///< of its begin; 0: there was none
    Parties parties;
    RowFacts facts;
    int64_t quota = 0;   ///< charged
    int64_t unpaid = 0;  ///< what the hold and the balance did not reach
    int64_t held = 0;
    int64_t promptTokens = 0;
    int64_t completionTokens = 0;
    int64_t cachedTokens = 0;
    int64_t reasoningTokens = 0;
    std::string branch;      ///< ledger.md 4
    std::string usageSource; ///< `reported`, `counted`, `fixed`, `none`
};

using Record = std::variant<BeginRecord, ProgressRecord, SettleRecord>;

/// A record as the journal gives it back.
struct Numbered
{
    uint64_t sequence = 0; ///< without gaps, from 1
    int64_t writtenAt = 0; ///< Unix milliseconds
    Record record;
};

/// No payload is longer. A progress record of more than kMostStreams streams is to be handed over in parts.
inline constexpr size_t kMostPayload = 64 * 1024;
inline constexpr size_t kMostStreams = 2048;

/// Appends the payload of a record (type, version, fields), its texts made fit for their columns; `decode` is the inverse and
/// refuses what it does not know. Pure.
void encode(const BeginRecord& begin, std::string& out);
void encode(const ProgressRecord& progress, std::string& out);
void encode(const SettleRecord& settle, std::string& out);
void encode(const Record& record, std::string& out);
/// False: not a record of a known type and version, or bytes left over or missing.
bool decode(std::string_view payload, Record& record);

/// The first byte of a payload; the second is the version of that type. A number that was once given is never given again; 0x40
/// and above are the journal's own marks (frame.h).
enum class RecordType : uint8_t
{
    begin = 1,
    progress = 2,
    settle = 3
};

/// What can be said of a payload without reading it all.
struct Glance
{
    RecordType type = RecordType::begin;
    uint64_t ticket = 0; ///< of a begin or settle
};
/// Nothing: not of a known type and version.
std::optional<Glance> glance(std::string_view payload) noexcept;

} // namespace switchyard::ledger
