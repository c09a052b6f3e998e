// Which proxy an upstream is reached through.
#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/url.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::net
{

/// The rules of RELAY_PROXY (wins over all; `direct` means none), else HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY,
/// upper or lower case (HTTP_PROXY only in lower case when REQUEST_METHOD is set: then a client wrote it,
/// CVE-2016-5385). Immutable; read from any thread.
class ProxyRules
{
public:
    using Environment = std::function<std::optional<std::string>(const char* name)>;

    /// No proxy at all.
    ProxyRules() = default;
    /// The error names the variable and what is wrong with it.
    static Result<ProxyRules, std::string> from(const Environment& environment);
    /// Of this process.
    static Result<ProxyRules, std::string> fromProcess();

    /// Null: direct. NO_PROXY: names (with their subdomains; a leading dot or `*.` changes nothing), `host:port`,
    /// addresses, CIDR ranges, `*`. Loopback hosts and `localhost` are always direct.
    const Url* proxyFor(const Url& target) const;

private:
    std::optional<Url> all_;
    std::optional<Url> http_;
    std::optional<Url> https_;
    struct Exception
    {
        std::string host;
        uint16_t port = 0;
        std::optional<Cidr> range;
    };
    std::vector<Exception> exceptions_;
    bool never_ = false; // NO_PROXY=*
    bool applyExceptions_ = true;
};

} // namespace switchyard::net
