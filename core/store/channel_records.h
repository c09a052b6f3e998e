// Channels as administrators see them: pages of rows with what the server itself keeps in them.
#pragma once

#include "store/channel_repository.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// A row of `channels`, whole but for its key: nobody who looks at a channel needs it.
struct ChannelRecord
{
    ChannelRow row; ///< `key` is empty
    int64_t createdAt = 0;  ///< Unix seconds
    int64_t testedAt = 0;   ///< Unix seconds; 0: never
    int64_t responseMs = 0; ///< of the last test; 0: it failed, or there was none
    double balance = 0;     ///< in the provider's unit
    int64_t balanceAt = 0;  ///< Unix seconds
    int64_t usedQuota = 0;
};

/// Works inside the transaction of its session.
class ChannelRecords
{
public:
    explicit ChannelRecords(DbSession& session) : session_(session) {}

    /// Newest first.
    std::vector<ChannelRecord> list(int64_t offset, int64_t limit);
    /// Id equal, or name beginning with the keyword; newest first, at most `limit`.
    std::vector<ChannelRecord> search(std::string_view keyword, int64_t limit);
    std::optional<ChannelRecord> find(int64_t id);

    /// What a test has found. No request depends on it: no snapshot is made anew.
    void noteTest(int64_t id, int64_t responseMs, int64_t testedAt);
    void noteBalance(int64_t id, double balance, int64_t at);

private:
    std::vector<ChannelRecord> read(const std::vector<Poco::Int64>& ids);

    DbSession& session_;
};

} // namespace switchyard::store
