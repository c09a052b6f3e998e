#include "store/channel_records.h"

#include "base/text.h"
#include "store/like.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Set = Poco::Tuple<Int64, std::string, Int64, std::string, Int64, std::string, std::string, std::string,
                        std::string, std::string, Int64, std::string, std::string, std::string>;
using Kept = Poco::Tuple<Int64, Int64, Int64, double, Int64, Int64>;

std::string trimmed(const std::string& text) { return std::string(trim(text)); }

std::string selectSet(Backend backend)
{
    return "SELECT [type], [provider], [status], [name], [weight], [base_url], " + longTextSql(backend, "other") + ", " +
           longTextSql(backend, "models") + ", [group], [model_mapping], [priority], " + longTextSql(backend, "config") +
           ", [system_prompt], [settings] FROM [channels] WHERE [id] = ?";
}

ChannelRow rowOf(int64_t id, const Set& set)
{
    ChannelRow row;
    row.id = id;
    row.type = static_cast<int>(set.get<0>());
    row.provider = trimmed(set.get<1>());
    row.status = static_cast<ChannelStatus>(set.get<2>());
    row.name = set.get<3>();
    row.weight = set.get<4>();
    row.baseUrl = trimmed(set.get<5>());
    row.other = set.get<6>();
    row.models = set.get<7>();
    row.groups = set.get<8>();
    row.modelMapping = trimmed(set.get<9>());
    row.priority = set.get<10>();
    row.config = set.get<11>();
    row.systemPrompt = set.get<12>();
    row.settings = trimmed(set.get<13>());
    return row;
}

} // namespace

// One row by its id in two statements: a Poco::Tuple has no room for all columns.
std::optional<ChannelRecord> ChannelRecords::find(int64_t id)
{
    const auto set = session_.query<Set>(selectSet(session_.backend()), id);
    const auto kept = session_.query<Kept>("SELECT [created_time], [test_time], [response_time], [balance], "
                                           "[balance_updated_time], [used_quota] FROM [channels] WHERE [id] = ?",
                                           id);
    if (set.empty() || kept.empty()) return std::nullopt;
    const Kept& own = kept.front();
    return ChannelRecord{rowOf(id, set.front()), own.get<0>(), own.get<1>(), own.get<2>(),
                         own.get<3>(),           own.get<4>(), own.get<5>()};
}

std::vector<ChannelRecord> ChannelRecords::read(const std::vector<Int64>& ids)
{
    std::vector<ChannelRecord> records;
    for (const Int64 id : ids)
        if (auto record = find(id)) records.push_back(std::move(*record));
    return records;
}

std::vector<ChannelRecord> ChannelRecords::list(int64_t offset, int64_t limit)
{
    return read(session_.query<Int64>("SELECT [id] FROM [channels] ORDER BY [id] DESC LIMIT ? OFFSET ?", limit, offset));
}

std::vector<ChannelRecord> ChannelRecords::search(std::string_view keyword, int64_t limit)
{
    return read(session_.query<Int64>("SELECT [id] FROM [channels] WHERE [id] = ? OR [name] LIKE ? ESCAPE '!' "
                                      "ORDER BY [id] DESC LIMIT ?",
                                      parseInt(keyword).value_or(0), likePrefix(keyword), limit));
}

void ChannelRecords::noteTest(int64_t id, int64_t responseMs, int64_t testedAt)
{
    session_.execute("UPDATE [channels] SET [response_time] = ?, [test_time] = ? WHERE [id] = ?", responseMs, testedAt,
                     id);
}

void ChannelRecords::noteBalance(int64_t id, double balance, int64_t at)
{
    session_.execute("UPDATE [channels] SET [balance] = ?, [balance_updated_time] = ? WHERE [id] = ?", balance, at, id);
}

} // namespace switchyard::store
