#include "ledger/journal/record.h"

#include "ledger/journal/column_text.h"
#include "ledger/journal/varint.h"

namespace switchyard::ledger
{

namespace
{

constexpr uint8_t kVersion = 1;

void putHead(std::string& out, RecordType type)
{
    out += static_cast<char>(type);
    out += static_cast<char>(kVersion);
}

void putText(std::string& out, std::string_view text, size_t mostCharacters)
{
    // The length stands before the text and is known only behind it: nearly always it is the text's own, in one or two bytes.
    const size_t at = out.size();
    putUnsigned(out, text.size());
    const size_t begin = out.size();
    appendColumnText(out, text, mostCharacters);
    const size_t written = out.size() - begin;
    if (written == text.size()) return;
    std::string length;
    putUnsigned(length, written);
    out.replace(at, begin - at, length);
}

void put(std::string& out, const Parties& parties)
{
    putSigned(out, parties.userId);
    putSigned(out, parties.tokenId);
    out += static_cast<char>(parties.tokenLimited);
    putSigned(out, parties.channelId);
}

void put(std::string& out, const RowFacts& facts)
{
    putText(out, facts.requestId, kNameColumn);
    putText(out, facts.userName, kNameColumn);
    putText(out, facts.tokenName, kNameColumn);
    putText(out, facts.model, kNameColumn);
    putText(out, facts.upstreamId, kNameColumn);
    putText(out, facts.finish, kWordColumn);
    putText(out, facts.detail, kDetailColumn);
    putSigned(out, facts.createdAt);
    putSigned(out, facts.elapsedMs);
    out += static_cast<char>(facts.stream);
    out += static_cast<char>(facts.systemPromptReset);
}

void get(FieldReader& from, Parties& parties)
{
    parties.userId = from.signedNumber();
    parties.tokenId = from.signedNumber();
    parties.tokenLimited = from.flag();
    parties.channelId = from.signedNumber();
}

void get(FieldReader& from, RowFacts& facts)
{
    facts.requestId = from.text();
    facts.userName = from.text();
    facts.tokenName = from.text();
    facts.model = from.text();
    facts.upstreamId = from.text();
    facts.finish = from.text();
    facts.detail = from.text();
    facts.createdAt = from.signedNumber();
    facts.elapsedMs = from.signedNumber();
    facts.stream = from.flag();
    facts.systemPromptReset = from.flag();
}

BeginRecord beginFrom(FieldReader& from)
{
    BeginRecord begin;
    begin.ticket = from.unsignedNumber();
    get(from, begin.parties);
    get(from, begin.facts);
    begin.held = from.signedNumber();
    begin.promptTokens = from.signedNumber();
    const uint8_t present = from.byte();
    for (unsigned i = 0; i < std::size(begin.price); ++i)
        if ((present >> i & 1) != 0) begin.price[i] = from.real();
    return begin;
}

ProgressRecord progressFrom(FieldReader& from)
{
    ProgressRecord progress;
    const uint64_t count = from.unsignedNumber();
    if (count <= kMostStreams) progress.streams.reserve(count);
    uint64_t ticket = 0;
    for (uint64_t i = 0; i < count && !from.failed(); ++i)
    {
        ticket += static_cast<uint64_t>(from.signedNumber());
        progress.streams.push_back({ticket, from.signedNumber()});
    }
    return progress;
}

SettleRecord settleFrom(FieldReader& from)
{
    SettleRecord settle;
    settle.ticket = from.unsignedNumber();
    get(from, settle.parties);
    get(from, settle.facts);
    settle.quota = from.signedNumber();
    settle.unpaid = from.signedNumber();
    settle.held = from.signedNumber();
    settle.promptTokens = from.signedNumber();
    settle.completionTokens = from.signedNumber();
    settle.cachedTokens = from.signedNumber();
    settle.reasoningTokens = from.signedNumber();
    settle.branch = from.text();
    settle.usageSource = from.text();
    return settle;
}

} // namespace

void encode(const BeginRecord& begin, std::string& out)
{
    putHead(out, RecordType::begin);
    putUnsigned(out, begin.ticket);
    put(out, begin.parties);
    put(out, begin.facts);
    putSigned(out, begin.held);
    putSigned(out, begin.promptTokens);
    uint8_t present = 0; // most prices have no word for most of the eight
    for (unsigned i = 0; i < std::size(begin.price); ++i)
        if (std::bit_cast<uint64_t>(begin.price[i]) != 0) present |= static_cast<uint8_t>(1u << i);
    out += static_cast<char>(present);
    for (double ratio : begin.price)
        if (const auto bits = std::bit_cast<uint64_t>(ratio); bits != 0) putFixed(out, bits);
}

void encode(const ProgressRecord& progress, std::string& out)
{
    putHead(out, RecordType::progress);
    putUnsigned(out, progress.streams.size());
    uint64_t before = 0;
    for (const ProgressRecord::Stream& stream : progress.streams)
    {
        putSigned(out, static_cast<int64_t>(stream.ticket - before)); // tickets of one moment are near each other
        putSigned(out, stream.completionTokens);
        before = stream.ticket;
    }
}

void encode(const SettleRecord& settle, std::string& out)
{
    putHead(out, RecordType::settle);
    putUnsigned(out, settle.ticket);
    put(out, settle.parties);
    put(out, settle.facts);
    putSigned(out, settle.quota);
    putSigned(out, settle.unpaid);
    putSigned(out, settle.held);
    putSigned(out, settle.promptTokens);
    putSigned(out, settle.completionTokens);
    putSigned(out, settle.cachedTokens);
    putSigned(out, settle.reasoningTokens);
    putText(out, settle.branch, kWordColumn);
    putText(out, settle.usageSource, kNameColumn);
}

void encode(const Record& record, std::string& out)
{
    std::visit([&](const auto& each) { encode(each, out); }, record);
}

bool decode(std::string_view payload, Record& record)
{
    FieldReader from(payload);
    const auto type = static_cast<RecordType>(from.byte());
    if (from.byte() != kVersion) return false;
    switch (type)
    {
    case RecordType::begin:
        record = beginFrom(from);
        break;
    case RecordType::progress:
        record = progressFrom(from);
        break;
    case RecordType::settle:
        record = settleFrom(from);
        break;
    default:
        return false;
    }
    return from.complete();
}

std::optional<Glance> glance(std::string_view payload) noexcept
{
    FieldReader from(payload);
    Glance seen;
    seen.type = static_cast<RecordType>(from.byte());
    if (from.byte() != kVersion) return std::nullopt;
    if (seen.type == RecordType::progress) return seen;
    if (seen.type != RecordType::begin && seen.type != RecordType::settle) return std::nullopt;
    seen.ticket = from.unsignedNumber();
    return from.failed() ? std::nullopt : std::optional(seen);
}

} // namespace switchyard::ledger
