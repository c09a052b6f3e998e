// All settings of the process, typed. Where they come from: settings.h; what each means to people: `switchyard serve
// --help`.
#pragma once

#include "accounts/ip_address.h"
#include "telemetry/log.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::app
{

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A duration of zero means "no limit" wherever a limit is set.
struct Config
{
    // listeners
    std::string listen = "0.0.0.0"; ///< address to listen on; `::` takes IPv4 too
    uint16_t port = 3000;
    std::string unixSocket;     ///< path; empty: none
    std::string tlsCertificate; ///< PEM chain; empty: plain HTTP. Given together with tlsKey
    std::string tlsKey;         ///< PEM
    unsigned threads = 0;       ///< data-plane threads; 0: one per core. See threadCount()
    size_t maxConnections = 0;  ///< clients at once, more get 503; 0: what the descriptor limit allows
    accounts::TrustedProxies trustedProxies;

    // what a client may send, and how slowly
    size_t maxHead = 64 * 1024;
    size_t maxLine = 8 * 1024;
    size_t maxBody = 64 * 1024 * 1024;
    milliseconds headTimeout = seconds(15);      ///< for the whole request head
    milliseconds bodyTimeout = seconds(60);      ///< between two pieces of a request body
    milliseconds keepAliveTimeout = seconds(75); ///< between two requests of a connection
    milliseconds writeTimeout = seconds(120);    ///< how long a client may not read at all

    // upstream
    milliseconds connectTimeout = seconds(10);
    milliseconds firstByteTimeout = seconds(300);  ///< from the request's end to the answer's head
    milliseconds firstTokenTimeout = seconds(300); ///< from the answer's head to the first semantic token of a stream
    milliseconds stallTimeout = seconds(120);      ///< between two pieces of an answer
    milliseconds totalTimeout = milliseconds(0);   ///< whole answer, streams too (RELAY_TIMEOUT)
    std::string relayProxy;                        ///< for all upstream requests; a channel's own wins
    std::string httpProxy;                         ///< these four by the usual variables; only without relayProxy
    std::string httpsProxy;
    std::string allProxy;
    std::string noProxy;

    milliseconds drainTimeout = seconds(30); ///< how long running answers may go on after SIGTERM

    // plug-ins
    std::vector<std::string> pluginDirectories; ///< --plugin-dir, in order
    std::string pluginPath;                     ///< SWITCHYARD_PLUGIN_PATH, colon separated
    bool pluginDirect = false;                  ///< load from the files themselves, for debuggers
    std::string stateDirectory;                 ///< verdicts on plug-ins; never empty after loading

    // the ledger
    std::string journalDirectory; ///< of usage records; never empty after loading
    bool ledgerSynced = false;    ///< LEDGER_SYNC=synced: an answer's end waits until its record is on the disk
    size_t journalMax = size_t{4} << 30;

    // database
    std::string sqlitePath; ///< never empty after loading
    std::string keyFile;    ///< of the sealing keys; never empty after loading
    milliseconds sqliteBusyTimeout = milliseconds(3000);
    std::string initialRootPassword;
    std::string initialRootToken;
    std::string initialRootAccessToken;
    bool demo = false; ///< a demo channel and token in a database without channels

    // management
    std::string sessionSecret;   ///< signs the cookies of logins; empty: made up, so that they end with the process
    size_t apiRateLimit = 480;   ///< calls of /api per address and 3 minutes; 0: no limit. DEBUG turns limits off

    // log
    std::string logDirectory = "./logs"; ///< empty: no file
    telemetry::Level logLevel = telemetry::Level::info;
    telemetry::LineForm logForm = telemetry::LineForm::text;
    bool debug = false; ///< DEBUG=true: level debug

    /// threads, or the number of cores that this process may use.
    unsigned threadCount() const noexcept;
};

} // namespace switchyard::app
