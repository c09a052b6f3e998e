// TLS contexts: what all connections of a process share. Connections themselves: Stream.
#pragma once

#include "base/result.h"
#include "net/error.h"
#include "net/stream.h"
#include "net/task.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_session_st;

namespace switchyard::net
{

/// Towards upstreams: certificates are verified against the system's authorities (OpenSSL's SSL_CERT_FILE and
/// SSL_CERT_DIR are honoured), host names and IP literals checked, TLS 1.2 at least. [any thread]
class TlsClient
{
public:
    TlsClient();
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// Trusts further authorities. Empty or unreadable: an error text. Only before the first connection.
    Result<Done, std::string> addAuthorities(const std::string& pemFile);

    ssl_ctx_st* context() const noexcept { return context_; }

private:
    ssl_ctx_st* context_;
};

/// Sessions to resume, of one loop. [the loop's thread]
class TlsSessions
{
public:
    TlsSessions() = default;
    ~TlsSessions() { clear(); }
    TlsSessions(const TlsSessions&) = delete;
    TlsSessions& operator=(const TlsSessions&) = delete;

    void clear() noexcept;

private:
    friend struct TlsGlue;
    std::map<std::string, ssl_session_st*, std::less<>> byPeer_;
};

/// Handshake with `host` (a name or an IP literal) on a connected stream. TLS that is already on it (to an https proxy)
/// carries the new one. `peerKey` names whose sessions may be resumed. Errors: tls (says what is wrong with the
/// certificate), timeout, reset, cancelled.
Task<Result<Done, NetError>> connectTls(Stream& stream, TlsClient& client, TlsSessions& sessions, std::string host,
                                        std::string peerKey, Until until);

/// Towards clients: certificate chain and key from PEM files.
class TlsServer
{
public:
    TlsServer() = default;
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    /// Loads or replaces the certificate; connections that are open keep theirs. On an error the old one stays. [any
    /// one thread, or each loop its own TlsServer]
    Result<Done, std::string> load(const std::string& certificateFile, const std::string& keyFile);
    ssl_ctx_st* context() const noexcept { return context_; }

private:
    ssl_ctx_st* context_ = nullptr;
};

/// Handshake with a client. Errors: tls, timeout, cancelled.
Task<Result<Done, NetError>> acceptTls(Stream& stream, TlsServer& server, Until until);

} // namespace switchyard::net
