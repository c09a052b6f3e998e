// A row of `logs`: One API's columns (database.md 4), then those that explain a charge (ledger.md 9).
#pragma once

#include <cstdint>
#include <string>

namespace switchyard::store
{

enum class LogType : int
{
    unknown = 0,
    topUp = 1,
    consumed = 2,
    managed = 3,
    system = 4,
    test = 5
};

struct LogRow
{
    int64_t id = 0; ///< given by the database
    int64_t userId = 0;
    int64_t createdAt = 0; ///< Unix seconds
    LogType type = LogType::consumed;
    std::string content;
    std::string userName;
    std::string tokenName;
    std::string modelName;
    int64_t quota = 0; ///< charged to the user
    int64_t promptTokens = 0;
    int64_t completionTokens = 0;
    int64_t channelId = 0;
    std::string requestId;
    int64_t elapsedMs = 0;
    bool stream = false;
    bool systemPromptReset = false;

    std::string branch;      ///< of the settlement rule
    std::string usageSource; ///< `reported`, `counted`, `fixed`, `none`
    int64_t unpaid = 0;
    int64_t held = 0;
    int64_t cachedTokens = 0;
    int64_t reasoningTokens = 0;
    int64_t tokenId = 0;
    int64_t tokenQuota = 0; ///< charged to the token's own balance; 0 if it is unlimited, or gone
    std::string node;       ///< the journal that the row comes from
    int64_t journalSeq = 0; ///< its place there, from 1; 0 (NULL in the table): no charge of the ledger
    std::string upstreamId;
    std::string finish;
    std::string detail; ///< JSON
};

} // namespace switchyard::store
