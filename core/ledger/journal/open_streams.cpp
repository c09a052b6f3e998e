#include "ledger/journal/open_streams.h"

#include <algorithm>

namespace switchyard::ledger
{

bool OpenStreams::follow(uint64_t sequence, int64_t writtenAt, std::string_view payload, uint64_t ordinal)
{
    const auto seen = glance(payload);
    if (!seen) return false;
    if (seen->type == RecordType::progress) return !keepBegins_ || progress(writtenAt, payload);
    if (seen->ticket == 0) return true;
    if (seen->type == RecordType::begin)
    {
        Record whole;
        if (keepBegins_ && !decode(payload, whole)) return false;
        Stream& stream = streams_[seen->ticket];
        if (stream.sequence != 0) --openIn_[stream.ordinal];
        stream = {ordinal, sequence, 0, writtenAt, nullptr};
        if (keepBegins_) stream.begin = std::make_unique<BeginRecord>(std::get<BeginRecord>(std::move(whole)));
        ++openIn_[ordinal];
        return true;
    }
    const auto at = streams_.find(seen->ticket);
    if (at == streams_.end()) return true;
    if (const auto open = openIn_.find(at->second.ordinal); --open->second == 0) openIn_.erase(open);
    streams_.erase(at);
    return true;
}

bool OpenStreams::progress(int64_t writtenAt, std::string_view payload)
{
    Record record;
    if (!decode(payload, record)) return false;
    for (const ProgressRecord::Stream& moved : std::get<ProgressRecord>(record).streams)
    {
        const auto at = streams_.find(moved.ticket);
        if (at == streams_.end()) continue; // it was settled in the same wake-up
        at->second.completionTokens = moved.completionTokens;
        at->second.lastSeenAt = writtenAt;
    }
    return true;
}

std::vector<OpenRequest> OpenStreams::list() const
{
    std::vector<OpenRequest> open;
    for (const auto& [ticket, stream] : streams_)
        if (stream.begin) open.push_back({*stream.begin, stream.completionTokens, stream.lastSeenAt, stream.sequence});
    std::sort(open.begin(), open.end(), [](const OpenRequest& a, const OpenRequest& b) { return a.sequence < b.sequence; });
    return open;
}

uint64_t OpenStreams::openIn(uint64_t ordinal) const
{
    const auto at = openIn_.find(ordinal);
    return at == openIn_.end() ? 0 : at->second;
}

} // namespace switchyard::ledger
