// Everything that a request asks of the database, read once and immutable: the data plane never queries.
#pragma once

#include "base/secret.h"
#include "store/entities.h"
#include "store/options.h"

#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace switchyard::store
{

/// Finds texts in hash maps without making a std::string.
struct TextHash
{
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// A digest is uniform already: its first bytes are the hash.
struct DigestHash
{
    size_t operator()(const Sha256& digest) const noexcept
    {
        size_t hash = 0;
        std::memcpy(&hash, digest.data(), sizeof(hash));
        return hash;
    }
};

/// What one user group can reach.
struct GroupRoutes
{
    /// The enabled channels of each model: priority descending, then id ascending.
    std::unordered_map<std::string, std::vector<const Channel*>, TextHash, std::equal_to<>> channels;
    /// The names of those models, sorted, each once.
    std::vector<std::string> models;
};

/// Immutable once published; pointers between its parts are valid as long as it lives. Hold it by SnapshotPtr for the
/// whole of a request. [any thread]
class Snapshot
{
public:
    Snapshot() = default;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    const ApiToken* tokenByKey(std::string_view key) const noexcept { return tokenByDigest(sha256(key)); }
    const ApiToken* tokenByDigest(const Sha256& digest) const noexcept;
    const User* user(int64_t id) const noexcept;
    const Channel* channel(int64_t id) const noexcept;
    /// Null when no enabled channel serves this group.
    const GroupRoutes* group(std::string_view name) const noexcept;
    /// Empty when there are none. Priority descending, then id.
    std::span<const Channel* const> channelsFor(std::string_view group, std::string_view model) const noexcept;
    /// Sorted, without duplicates: what GET /v1/models lists for a user of this group.
    std::span<const std::string> modelsOf(std::string_view group) const noexcept;

    const std::map<int64_t, Channel>& channels() const noexcept { return channels_; }
    size_t tokenCount() const noexcept { return tokens_.size(); }
    size_t userCount() const noexcept { return users_.size(); }
    const Options& options() const noexcept { return options_; }
    /// Grows with each publication of this process.
    uint64_t number() const noexcept { return number_; }

private:
    friend class SnapshotBuilder;
    std::unordered_map<Sha256, ApiToken, DigestHash> tokens_;
    std::unordered_map<int64_t, User> users_;
    std::map<int64_t, Channel> channels_;
    std::unordered_map<std::string, GroupRoutes, TextHash, std::equal_to<>> groups_;
    Options options_;
    uint64_t number_ = 0;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// Puts a snapshot together: the loader feeds it from the database, tests feed it by hand.
class SnapshotBuilder
{
public:
    SnapshotBuilder();
    SnapshotBuilder& add(User user);
    /// `key`: without `sk-`, as tokens.key has it. An empty key is left out: it can never match.
    SnapshotBuilder& add(ApiToken token, std::string_view key);
    /// Computes the revision. An id that is already there is replaced.
    SnapshotBuilder& add(Channel channel);
    SnapshotBuilder& set(Options options);
    /// Makes the routes. The builder is empty afterwards.
    SnapshotPtr build(uint64_t number);

private:
    std::shared_ptr<Snapshot> snapshot_;
};

} // namespace switchyard::store
