#include "app/demo.h"

#include "base/secret.h"
#include "store/channel_repository.h"
#include "store/database.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <algorithm>

namespace switchyard::app
{

namespace
{

constexpr const char* kName = "demo"; // of the provider, the channel, the token and the chat model

std::optional<std::string> keyOf(store::DbSession& session)
{
    for (const store::TokenRow& row : store::TokenRepository(session).all())
        if (row.token.name == kName) return "sk-" + row.key;
    return std::nullopt;
}

std::optional<Demo> create(store::DbSession& session, const store::KeySealer& sealer)
{
    const auto root = store::UserRepository(session).root();
    if (!root) return std::nullopt;
    store::ChannelRow channel;
    channel.provider = channel.name = kName;
    channel.models = "demo,demo-embedding";
    store::ChannelRepository(session, sealer).insert(channel);
    store::TokenRow row;
    row.token.userId = root->id;
    row.token.name = kName;
    row.token.unlimited = true;
    row.key = newTokenKey();
    store::TokenRepository(session).insert(row);
    return Demo{"sk-" + row.key, true};
}

} // namespace

std::optional<Demo> ensureDemo(store::Database& database, const store::KeySealer& sealer)
{
    return database.write(
        [&](store::DbSession& session) -> std::optional<Demo>
        {
            const auto channels = store::ChannelRepository(session, sealer).all();
            if (channels.empty()) return create(session, sealer);
            const bool there =
                std::any_of(channels.begin(), channels.end(), [](const auto& c) { return c.provider == kName; });
            const auto key = there ? keyOf(session) : std::nullopt;
            if (!key) return std::nullopt;
            return Demo{*key, false};
        });
}

std::string demoCurl(const Config& config, const Demo& demo)
{
    const bool everywhere = config.listen == "0.0.0.0" || config.listen == "::";
    const std::string host = everywhere                                     ? "127.0.0.1"
                             : config.listen.find(':') == std::string::npos ? config.listen
                                                                            : "[" + config.listen + "]";
    const std::string scheme = config.tlsCertificate.empty() ? "http" : "https";
    return "curl -N " + scheme + "://" + host + ":" + std::to_string(config.port) +
           "/v1/chat/completions -H 'Authorization: Bearer " + demo.key +
           "' -H 'Content-Type: application/json' \\\n  -d '{\"model\":\"demo\",\"stream\":true,"
           "\"messages\":[{\"role\":\"user\",\"content\":\"Tell me about railway switchyards.\"}]}'\n";
}

} // namespace switchyard::app
