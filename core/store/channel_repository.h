// Channels and the abilities that follow from them.
#pragma once

#include "store/db_session.h"
#include "store/entities.h"
#include "store/key_sealer.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// A row of `channels` as it is written by us; columns that are not in here keep their defaults.
struct ChannelRow
{
    int64_t id = 0; ///< 0 before it is inserted
    int type = 0;
    std::string provider; ///< '' is kept as NULL
    std::string key;      ///< plain; empty when keyProblem says why it cannot be opened
    std::string keyProblem;
    ChannelStatus status = ChannelStatus::enabled;
    std::string name;
    int64_t weight = 0;
    std::string baseUrl;
    std::string other;
    std::string models;             ///< comma separated
    std::string groups = "default"; ///< comma separated
    std::string modelMapping;       ///< JSON object or ''
    int64_t priority = 0;
    std::string config; ///< JSON object or ''
    std::string systemPrompt;
    std::string settings; ///< JSON object or ''
};

/// What is to change in a row of `channels`; what is not given stays. Counters and times are not in here: they are the
/// server's own.
struct ChannelChanges
{
    std::optional<int> type;
    std::optional<std::string> provider;
    std::optional<std::string> key; ///< plain
    std::optional<ChannelStatus> status;
    std::optional<std::string> name;
    std::optional<int64_t> weight;
    std::optional<std::string> baseUrl;
    std::optional<std::string> other;
    std::optional<std::string> models;
    std::optional<std::string> groups;
    std::optional<std::string> modelMapping;
    std::optional<int64_t> priority;
    std::optional<std::string> config;
    std::optional<std::string> systemPrompt;
    std::optional<std::string> settings;
};

/// Called with what in a row was not understood and is ignored.
using RowWarning = std::function<void(int64_t channel, std::string_view problem)>;

/// The row as the relay uses it: lists split, trimmed and without duplicates, JSON read. One whose key cannot be opened
/// is not enabled.
Channel channelOf(ChannelRow row, const RowWarning& warning);

/// Works inside the transaction of its session.
class ChannelRepository
{
public:
    ChannelRepository(DbSession& session, const KeySealer& sealer) : session_(session), sealer_(sealer) {}

    /// Sorted by id.
    std::vector<ChannelRow> all();
    std::optional<ChannelRow> find(int64_t id);
    /// The new id. Writes the abilities too: models x groups.
    int64_t insert(const ChannelRow& row);
    /// Rebuilds the abilities too. False when there is no such channel.
    bool update(int64_t id, const ChannelChanges& changes);
    /// Also when its abilities are the only trace of it. False when there was none.
    bool remove(int64_t id);
    /// Every channel that was disabled, by hand or automatically, and its abilities. How many channels.
    size_t removeDisabled();

private:
    /// What the column `key` is to hold.
    std::string stored(const std::string& key);
    void rebuildAbilities(const ChannelRow& row);

    DbSession& session_;
    const KeySealer& sealer_;
};

} // namespace switchyard::store
