#include "ledger/journal/journal_tool.h"

#include "base/text.h"
#include "ledger/journal/journal_reader.h"

#include <charconv>
#include <ostream>

namespace switchyard::ledger
{

namespace
{

/// One JSON object on one line.
class JsonLine
{
public:
    JsonLine& text(std::string_view name, std::string_view value)
    {
        key(name);
        appendJsonQuoted(line_, value);
        return *this;
    }
    JsonLine& number(std::string_view name, int64_t value)
    {
        key(name);
        line_ += std::to_string(value);
        return *this;
    }
    JsonLine& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
    JsonLine& raw(std::string_view name, std::string_view json)
    {
        key(name);
        line_ += json;
        return *this;
    }
    std::string done() { return line_ += "}\n"; }

private:
    void key(std::string_view name)
    {
        line_ += line_.size() == 1 ? "" : ",";
        appendJsonQuoted(line_, name);
        line_ += ':';
    }
    std::string line_ = "{";
};

std::string shortest(double number)
{
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof(digits), number).ptr};
}

void add(JsonLine& line, const Parties& parties)
{
    line.number("user_id", parties.userId).number("token_id", parties.tokenId);
    line.flag("token_limited", parties.tokenLimited).number("channel_id", parties.channelId);
}

void add(JsonLine& line, const RowFacts& facts)
{
    line.text("request_id", facts.requestId).text("username", facts.userName).text("token_name", facts.tokenName);
    line.text("model", facts.model).text("upstream_id", facts.upstreamId).text("finish", facts.finish);
    line.text("detail", facts.detail).number("created_at", facts.createdAt).number("elapsed_ms", facts.elapsedMs);
    line.flag("stream", facts.stream).flag("system_prompt_reset", facts.systemPromptReset);
}

void add(JsonLine& line, const BeginRecord& begin)
{
    line.text("type", "begin").number("ticket", static_cast<int64_t>(begin.ticket));
    add(line, begin.parties);
    add(line, begin.facts);
    std::string price;
    for (double ratio : begin.price)
        price += (price.empty() ? "[" : ",") + shortest(ratio);
    line.number("held", begin.held).raw("price", price + "]").number("prompt_tokens", begin.promptTokens);
}

void add(JsonLine& line, const ProgressRecord& progress)
{
    std::string streams;
    for (const ProgressRecord::Stream& stream : progress.streams)
        streams += (streams.empty() ? "" : ",") + JsonLine()
                                                      .number("ticket", static_cast<int64_t>(stream.ticket))
                                                      .number("completion_tokens", stream.completionTokens)
                                                      .done();
    std::erase(streams, '\n');
    line.text("type", "progress").raw("streams", "[" + streams + "]");
}

void add(JsonLine& line, const SettleRecord& settle)
{
    line.text("type", "settle").number("ticket", static_cast<int64_t>(settle.ticket));
    add(line, settle.parties);
    add(line, settle.facts);
    line.number("quota", settle.quota).number("unpaid", settle.unpaid).number("held", settle.held);
    line.number("prompt_tokens", settle.promptTokens).number("completion_tokens", settle.completionTokens);
    line.number("cached_tokens", settle.cachedTokens).number("reasoning_tokens", settle.reasoningTokens);
    line.text("branch", settle.branch).text("usage_source", settle.usageSource);
}

void list(std::ostream& out, uint64_t readable, const std::vector<std::string>& requestIds)
{
    out << readable << " record(s) behind it are readable";
    out << (requestIds.empty() ? "\n" : requestIds.size() == kMostNamed ? "; the first request ids:\n" : "; request ids:\n");
    for (const std::string& id : requestIds)
        out << "  " << id << '\n';
}

} // namespace

Result<bool, DiskError> verifyJournal(Disk& disk, std::ostream& out)
{
    auto recovery = readJournal(disk);
    if (recovery && recovery->torn)
    {
        // A gateway that is just writing looks like that, too, and is further the next time.
        auto again = readJournal(disk);
        if (!again || !again->torn || again->last != recovery->last) recovery = std::move(again);
    }
    if (!recovery) return failure(recovery.error());
    out << "journal " << (recovery->journalId.empty() ? "(none)" : recovery->journalId) << ": " << recovery->segments.size()
        << " file(s), records " << recovery->first << " to " << recovery->last << ", " << recovery->open.size()
        << " stream(s) not settled\n";
    if (recovery->damage)
    {
        out << "damaged: " << recovery->damage->file << " at " << recovery->damage->offset << ": " << recovery->damage->what
            << "\nnothing behind record " << recovery->last << " is applied; ";
        list(out, recovery->damage->readable, recovery->damage->requestIds);
        return false;
    }
    if (recovery->torn)
    {
        out << "torn: " << recovery->torn->file << " at " << recovery->torn->offset << ": " << recovery->torn->bytes
            << " bytes that were not synced; the next start keeps them aside; ";
        list(out, recovery->torn->readable, recovery->torn->requestIds);
        return false;
    }
    out << "clean\n";
    return true;
}

Result<Recovery, DiskError> dumpJournal(Disk& disk, std::ostream& out)
{
    return readJournal(disk,
                       [&](const Numbered& numbered)
                       {
                           JsonLine line;
                           line.number("sequence", static_cast<int64_t>(numbered.sequence));
                           line.number("written_at", numbered.writtenAt);
                           std::visit([&](const auto& record) { add(line, record); }, numbered.record);
                           out << line.done();
                       });
}

} // namespace switchyard::ledger
