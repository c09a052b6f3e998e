#include "app/settings.h"

#include "app/values.h"
#include "base/text.h"

#include <Poco/Exception.h>

namespace switchyard::app
{

namespace
{

using telemetry::Level;
using telemetry::LineForm;

template <std::string Config::*field>
void setText(Config& config, const std::string& text)
{
    config.*field = text;
}

template <milliseconds Config::*field>
void setDuration(Config& config, const std::string& text)
{
    config.*field = duration(text);
}

template <size_t Config::*field>
void setSize(Config& config, const std::string& text)
{
    config.*field = byteSize(text);
}

template <bool Config::*field>
void setTruth(Config& config, const std::string& text)
{
    config.*field = truth(text);
}

template <std::string Config::*field>
void setProxy(Config& config, const std::string& text)
{
    if (text == "direct") // no proxy, whatever the other variables say
    {
        config.*field = text;
        return;
    }
    // The usual variables are often set without a scheme.
    const bool bare = text.find("://") == std::string::npos;
    config.*field = url(bare ? "http://" + text : text, "http https socks5 socks5h");
}

// DEBUG is many programs' variable, with many values: only `true` (and 1) concerns us (config.md 2).
void setDebug(Config& config, const std::string& text) { config.debug = equalsIgnoreCase(text, "true") || text == "1"; }

void setListen(Config& config, const std::string& text)
{
    if (!accounts::IpAddress::parse(text))
        throw Poco::DataFormatException("expected an IP address, such as 127.0.0.1 or ::");
    config.listen = text;
}

void setPort(Config& config, const std::string& text)
{
    config.port = static_cast<uint16_t>(integerIn(text, 0, 65535));
}

void setThreads(Config& config, const std::string& text)
{
    config.threads = static_cast<unsigned>(integerIn(text, 0, 1024));
}

void setApiRateLimit(Config& config, const std::string& text)
{
    config.apiRateLimit = static_cast<size_t>(integerIn(text, 0, 1'000'000));
}

void setMaxConnections(Config& config, const std::string& text)
{
    config.maxConnections = static_cast<size_t>(integerIn(text, 0, 10'000'000));
}

void setBusyTimeout(Config& config, const std::string& text)
{
    config.sqliteBusyTimeout = milliseconds(integerIn(text, 0, 600'000));
}

void setTrustedProxies(Config& config, const std::string& text)
{
    if (text == "private")
    {
        config.trustedProxies = accounts::TrustedProxies();
        return;
    }
    std::vector<accounts::IpNetwork> networks;
    for (std::string_view part : text == "none" ? std::vector<std::string_view>() : split(text, ','))
    {
        const auto network = accounts::IpNetwork::parse(trim(part));
        if (!network)
            throw Poco::DataFormatException(
                "expected `private`, `none` or comma separated networks such as 10.0.0.0/8");
        networks.push_back(*network);
    }
    config.trustedProxies = accounts::TrustedProxies(std::move(networks));
}

void setLogLevel(Config& config, const std::string& text)
{
    if (text == "debug")
        config.logLevel = Level::debug;
    else if (text == "info")
        config.logLevel = Level::info;
    else if (text == "warning")
        config.logLevel = Level::warning;
    else if (text == "error")
        config.logLevel = Level::error;
    else
        throw Poco::DataFormatException("expected debug, info, warning or error");
}

void setLogForm(Config& config, const std::string& text)
{
    if (text == "text")
        config.logForm = LineForm::text;
    else if (text == "json")
        config.logForm = LineForm::json;
    else
        throw Poco::DataFormatException("expected text or json");
}

void addPluginDirectory(Config& config, const std::string& text) { config.pluginDirectories.push_back(text); }

void setRootToken(Config& config, const std::string& text)
{
    // A look-up drops `sk-` and cuts at the first '-': such a key could never match (database.md 5).
    const std::string_view key = std::string_view(text).starts_with("sk-") ? std::string_view(text).substr(3) : text;
    if (key.empty() || key.size() > 48 || key.find_first_of("- ,\t") != std::string_view::npos)
        throw Poco::DataFormatException("expected a key of at most 48 characters without '-'");
    config.initialRootToken = key;
}

void setRootAccessToken(Config& config, const std::string& text)
{
    if (text.size() > 32) throw Poco::DataFormatException("expected at most 32 characters");
    config.initialRootAccessToken = text;
}

void setLedgerSync(Config& config, const std::string& text)
{
    if (text != "written" && text != "synced") throw Poco::DataFormatException("expected written or synced");
    config.ledgerSynced = text == "synced";
}

void refuseDsn(Config&, const std::string&)
{
    throw Poco::DataFormatException("this version works on SQLite only: unset it");
}

using K = SettingKind;

constexpr Setting kSettings[] = {
    {"port", "PORT", K::value, "N", "3000", "port to listen on; 0 lets the system choose", false, setPort},
    {"listen", "SWITCHYARD_LISTEN", K::value, "ADDRESS", "0.0.0.0", "address to listen on; `::` takes IPv4 and IPv6",
     false, setListen},
    {"unix-socket", "SWITCHYARD_UNIX_SOCKET", K::value, "PATH", "", "listen on this socket too", false,
     setText<&Config::unixSocket>},
    {"tls-certificate", "SWITCHYARD_TLS_CERTIFICATE", K::value, "FILE", "", "PEM chain; makes the port speak HTTPS",
     false, setText<&Config::tlsCertificate>},
    {"tls-key", "SWITCHYARD_TLS_KEY", K::value, "FILE", "", "PEM key of the certificate", false,
     setText<&Config::tlsKey>},
    {"threads", "SWITCHYARD_THREADS", K::value, "N", "0", "threads that serve requests; 0: one per core", false,
     setThreads},
    {"max-connections", "SWITCHYARD_MAX_CONNECTIONS", K::value, "N", "0",
     "clients at once; 0: as the limit of open files allows", false, setMaxConnections},
    {"trusted-proxies", "SWITCHYARD_TRUSTED_PROXIES", K::value, "NETWORKS", "private",
     "peers whose X-Forwarded-For is believed: `private`, `none` or a list such as 10.0.0.0/8,::1", false,
     setTrustedProxies},
    {"max-head", "SWITCHYARD_MAX_HEAD", K::value, "SIZE", "64K", "largest request head", false,
     setSize<&Config::maxHead>},
    {"max-line", "SWITCHYARD_MAX_LINE", K::value, "SIZE", "8K", "longest line in a request head", false,
     setSize<&Config::maxLine>},
    {"max-body", "SWITCHYARD_MAX_BODY", K::value, "SIZE", "64M", "largest request body", false,
     setSize<&Config::maxBody>},
    {"head-timeout", "SWITCHYARD_HEAD_TIMEOUT", K::value, "TIME", "15s", "for a whole request head", false,
     setDuration<&Config::headTimeout>},
    {"body-timeout", "SWITCHYARD_BODY_TIMEOUT", K::value, "TIME", "60s", "between two pieces of a request body", false,
     setDuration<&Config::bodyTimeout>},
    {"keep-alive-timeout", "SWITCHYARD_KEEP_ALIVE_TIMEOUT", K::value, "TIME", "75s",
     "between two requests of a connection", false, setDuration<&Config::keepAliveTimeout>},
    {"write-timeout", "SWITCHYARD_WRITE_TIMEOUT", K::value, "TIME", "120s", "how long a client may read nothing", false,
     setDuration<&Config::writeTimeout>},
    {"connect-timeout", "SWITCHYARD_CONNECT_TIMEOUT", K::value, "TIME", "10s", "for connecting to a provider", false,
     setDuration<&Config::connectTimeout>},
    {"first-byte-timeout", "SWITCHYARD_FIRST_BYTE_TIMEOUT", K::value, "TIME", "300s",
     "until a provider's answer begins", false, setDuration<&Config::firstByteTimeout>},
    {"first-token-timeout", "SWITCHYARD_FIRST_TOKEN_TIMEOUT", K::value, "TIME", "300s",
     "from there to the first token of a stream", false, setDuration<&Config::firstTokenTimeout>},
    {"stall-timeout", "SWITCHYARD_STALL_TIMEOUT", K::value, "TIME", "120s", "between two pieces of an answer", false,
     setDuration<&Config::stallTimeout>},
    {"relay-timeout", "RELAY_TIMEOUT", K::value, "TIME", "0", "for a whole answer, streams too; 0: no limit", false,
     setDuration<&Config::totalTimeout>},
    {"relay-proxy", "RELAY_PROXY", K::value, "URL", "",
     "proxy for requests to providers (http, https, socks5, socks5h), or `direct`", true,
     setProxy<&Config::relayProxy>},
    {"http-proxy", "HTTP_PROXY http_proxy", K::value, "URL", "", "proxy for http:// addresses, without a relay-proxy",
     true, setProxy<&Config::httpProxy>},
    {"https-proxy", "HTTPS_PROXY https_proxy", K::value, "URL", "", "proxy for https:// addresses", true,
     setProxy<&Config::httpsProxy>},
    {"all-proxy", "ALL_PROXY all_proxy", K::value, "URL", "", "proxy where neither of these is set", true,
     setProxy<&Config::allProxy>},
    {"no-proxy", "NO_PROXY no_proxy", K::value, "HOSTS", "", "hosts that are reached without a proxy", false,
     setText<&Config::noProxy>},
    {"drain-timeout", "SWITCHYARD_DRAIN_TIMEOUT", K::value, "TIME", "30s",
     "how long running answers may end after SIGTERM", false, setDuration<&Config::drainTimeout>},
    {"plugin-dir", "", K::repeatable, "DIR", "", "where plug-ins are, besides the installed ones; may be given again",
     false, addPluginDirectory},
    {"plugin-path", "SWITCHYARD_PLUGIN_PATH", K::fileOnly, "DIRS", "", "the same, colon separated", false,
     setText<&Config::pluginPath>},
    {"plugin-direct", "SWITCHYARD_PLUGIN_DIRECT", K::toggle, "true|false", "false",
     "load plug-ins from their files, for debuggers", false, setTruth<&Config::pluginDirect>},
    {"state-dir", "STATE_DIRECTORY", K::value, "DIR", "`switchyard-state` beside the database",
     "what is known of plug-ins (systemd sets the variable)", false, setText<&Config::stateDirectory>},
    {"journal-dir", "SWITCHYARD_JOURNAL_DIR", K::value, "DIR", "`journal` in state-dir",
     "where what was used is written down before it reaches the database", false, setText<&Config::journalDirectory>},
    {"ledger-sync", "LEDGER_SYNC", K::value, "written|synced", "written",
     "what an answer's end waits for: its record being written (a crash cannot take it) or synced (nor a power loss)", false,
     setLedgerSync},
    {"journal-max", "JOURNAL_MAX", K::value, "SIZE", "4G", "how far the database may lag behind the journal", false,
     setSize<&Config::journalMax>},
    {"sqlite-path", "SQLITE_PATH", K::value, "FILE", "one-api.db if it is here, else switchyard.db", "the database",
     false, setText<&Config::sqlitePath>},
    {"key-file", "SWITCHYARD_KEY_FILE", K::value, "FILE", "the database's name and `.key`",
     "what the channels' keys in the database are sealed with; made when it is first needed", false,
     setText<&Config::keyFile>},
    {"sqlite-busy-timeout", "SQLITE_BUSY_TIMEOUT", K::value, "MS", "3000",
     "how long to wait for another process's lock", false, setBusyTimeout},
    {"sql-dsn", "SQL_DSN", K::fileOnly, "DSN", "", "MySQL or PostgreSQL: not in this version", true, refuseDsn},
    {"initial-root-password", "INITIAL_ROOT_PASSWORD", K::fileOnly, "TEXT", "made up",
     "root's password in an empty database", true, setText<&Config::initialRootPassword>},
    {"initial-root-token", "INITIAL_ROOT_TOKEN", K::fileOnly, "KEY", "none", "an API key of root in an empty database",
     true, setRootToken},
    {"initial-root-access-token", "INITIAL_ROOT_ACCESS_TOKEN", K::fileOnly, "KEY", "made up",
     "root's access token in an empty database", true, setRootAccessToken},
    {"session-secret", "SESSION_SECRET", K::fileOnly, "TEXT", "made up at each start",
     "signs the cookies of logins; the same on all nodes", true, setText<&Config::sessionSecret>},
    {"api-rate-limit", "GLOBAL_API_RATE_LIMIT", K::value, "COUNT", "480",
     "calls of /api per address in 3 minutes; 0: no limit", false, setApiRateLimit},
    {"demo", "SWITCHYARD_DEMO", K::toggle, "true|false", "false",
     "make a demo channel and token in a database without channels", false, setTruth<&Config::demo>},
    {"log-dir", "SWITCHYARD_LOG_DIR", K::value, "DIR", "./logs", "a log file a day in here; empty: none", false,
     setText<&Config::logDirectory>},
    {"log-level", "SWITCHYARD_LOG_LEVEL", K::value, "LEVEL", "info", "debug, info, warning or error", false,
     setLogLevel},
    {"log-form", "SWITCHYARD_LOG_FORM", K::value, "FORM", "text", "text or json", false, setLogForm},
    {"debug", "DEBUG", K::toggle, "true|false", "false", "the same as log-level debug; and no rate limits for /api", false,
     setDebug},
};

} // namespace

std::span<const Setting> settings() { return kSettings; }

} // namespace switchyard::app
