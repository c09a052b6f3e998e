#include "net/tls.h"

#include "net/address.h"
#include "net/tls_bio.h"

#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace switchyard::net
{

namespace
{

constexpr size_t kMostSessions = 1024; // of one loop; then it begins anew

std::string lastReason(const char* otherwise)
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : otherwise;
}

void setModes(SSL_CTX* context)
{
    // RELEASE_BUFFERS: an idle connection keeps no record buffers (34 KB less per stream).
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_read_ahead(context, 1); // header and record by one recv
}

long bioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

} // namespace

int StreamBio::read(BIO* bio, char* into, int room)
{
    auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const IoResult got = stream.plainRead(into, static_cast<size_t>(room));
    if (got.io == Io::done) return static_cast<int>(got.bytes);
    if (got.io == Io::again) BIO_set_retry_read(bio);
    return got.io == Io::end ? 0 : -1;
}

int StreamBio::write(BIO* bio, const char* bytes, int length)
{
    auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    iovec piece{const_cast<char*>(bytes), static_cast<size_t>(length)};
    const IoResult sent = stream.plainWrite({&piece, 1});
    if (sent.io == Io::done) return static_cast<int>(sent.bytes);
    if (sent.io == Io::again) BIO_set_retry_write(bio);
    return -1;
}

BIO* StreamBio::make(Stream& stream)
{
    static BIO_METHOD* const method = []
    {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "stream");
        if (!made) return made;
        BIO_meth_set_read(made, &StreamBio::read);
        BIO_meth_set_write(made, &StreamBio::write);
        BIO_meth_set_ctrl(made, &bioControl);
        return made;
    }();
    BIO* bio = method ? BIO_new(method) : nullptr;
    if (!bio) return nullptr;
    BIO_set_data(bio, &stream);
    BIO_set_init(bio, 1);
    return bio;
}

/// What the callbacks of OpenSSL need to find their way back.
struct TlsGlue
{
    struct Peer
    {
        TlsSessions* sessions;
        std::string key;
    };

    static int index()
    {
        static const int made = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &TlsGlue::freePeer);
        return made;
    }
    static void freePeer(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Peer*>(data); }

    static int keepSession(SSL* tls, SSL_SESSION* session)
    {
        auto* peer = static_cast<Peer*>(SSL_get_ex_data(tls, index()));
        if (!peer) return 0;
        if (peer->sessions->byPeer_.size() >= kMostSessions) peer->sessions->clear();
        SSL_SESSION*& kept = peer->sessions->byPeer_[peer->key];
        if (kept) SSL_SESSION_free(kept);
        kept = session;
        return 1; // the reference is ours now
    }

    static void resume(SSL* tls, TlsSessions& sessions, std::string key)
    {
        if (auto known = sessions.byPeer_.find(key); known != sessions.byPeer_.end())
            SSL_set_session(tls, known->second);
        SSL_set_ex_data(tls, index(), new Peer{&sessions, std::move(key)});
    }
};

void TlsSessions::clear() noexcept
{
    for (auto& [key, session] : byPeer_)
        SSL_SESSION_free(session);
    byPeer_.clear();
}

TlsClient::TlsClient() : context_(SSL_CTX_new(TLS_client_method()))
{
    if (!context_) throw std::runtime_error("no TLS context: " + lastReason("out of memory"));
    setModes(context_);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_verify_paths(context_);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_, &TlsGlue::keepSession);
    static const unsigned char protocols[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context_, protocols, sizeof(protocols) - 1);
}

TlsClient::~TlsClient() { SSL_CTX_free(context_); }

Result<Done, std::string> TlsClient::addAuthorities(const std::string& pemFile)
{
    ERR_clear_error();
    if (SSL_CTX_load_verify_locations(context_, pemFile.c_str(), nullptr) == 1) return Done{};
    return failure("certificate authorities in " + pemFile + " cannot be read: " + lastReason("no certificate in it"));
}

namespace
{

// Everything that can be set up without I/O. An error text, or empty.
std::string prepare(Stream& stream, TlsClient& client, TlsSessions& sessions, const std::string& host,
                    std::string peerKey)
{
    SSL* tls = SSL_new(client.context());
    BIO* bio = nullptr;
    if (SSL* inner = tls ? stream.releaseTls() : nullptr)
    {
        bio = BIO_new(BIO_f_ssl()); // TLS inside the TLS that leads to a proxy
        if (bio) BIO_set_ssl(bio, inner, BIO_CLOSE);
    }
    else if (tls)
        bio = StreamBio::make(stream);
    if (!bio)
    {
        SSL_free(tls);
        return "out of memory";
    }
    SSL_set_bio(tls, bio, bio);
    SSL_set_connect_state(tls);
    stream.startTls(tls);
    if (auto literal = IpAddress::parse(host))
    {
        X509_VERIFY_PARAM* rules = SSL_get0_param(tls);
        if (X509_VERIFY_PARAM_set1_ip_asc(rules, literal->text().c_str()) != 1) return "bad address";
    }
    else
    {
        SSL_set_tlsext_host_name(tls, host.c_str());
        SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (SSL_set1_host(tls, host.c_str()) != 1) return "bad host name";
    }
    TlsGlue::resume(tls, sessions, std::move(peerKey));
    return {};
}

// Handshake of a stream that has TLS set up. An error text, or empty; `io` tells timeout and cancellation apart.
Task<std::string> handshake(Stream& stream, Until until, Io& io)
{
    io = Io::done;
    for (;;)
    {
        ERR_clear_error();
        const int result = SSL_do_handshake(stream.tls());
        if (result == 1)
        {
            stream.tlsReady();
            co_return std::string();
        }
        const int why = SSL_get_error(stream.tls(), result);
        if (why == SSL_ERROR_WANT_READ)
        {
            auto waiting = stream.readable(until);
            io = co_await waiting;
        }
        else if (why == SSL_ERROR_WANT_WRITE)
        {
            auto waiting = stream.writable(until);
            io = co_await waiting;
        }
        else
        {
            const long verdict = SSL_get_verify_result(stream.tls());
            if (verdict != X509_V_OK)
                co_return std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
            if (why == SSL_ERROR_SYSCALL || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            {
                io = Io::error;
                co_return std::string("the peer closed the connection during the TLS handshake");
            }
            co_return lastReason("TLS handshake failed");
        }
        if (io != Io::done) co_return std::string(io == Io::timeout ? "no TLS handshake in time" : "cancelled");
    }
}

} // namespace

Task<Result<Done, NetError>> connectTls(Stream& stream, TlsClient& client, TlsSessions& sessions, std::string host,
                                        std::string peerKey, Until until)
{
    std::string wrong = prepare(stream, client, sessions, host, std::move(peerKey));
    Io io = Io::done;
    if (wrong.empty())
    {
        auto shaking = handshake(stream, until, io);
        wrong = co_await shaking;
    }
    if (wrong.empty()) co_return Done{};
    wrong = host + ": " + wrong;
    if (io == Io::timeout) co_return netFailure(ErrorClass::timeout, std::move(wrong), Timeout::connect);
    if (io == Io::cancelled) co_return netFailure(ErrorClass::cancelled, std::move(wrong));
    co_return netFailure(io == Io::error ? ErrorClass::reset : ErrorClass::tls, std::move(wrong));
}

Task<Result<Done, NetError>> acceptTls(Stream& stream, TlsServer& server, Until until)
{
    SSL* tls = server.context() ? SSL_new(server.context()) : nullptr;
    BIO* bio = tls ? StreamBio::make(stream) : nullptr;
    if (!bio)
    {
        SSL_free(tls);
        co_return netFailure(ErrorClass::tls, "no certificate is loaded");
    }
    SSL_set_bio(tls, bio, bio);
    SSL_set_accept_state(tls);
    stream.startTls(tls);
    Io io = Io::done;
    auto shaking = handshake(stream, until, io);
    std::string wrong = co_await shaking;
    if (wrong.empty()) co_return Done{};
    if (io == Io::timeout) co_return netFailure(ErrorClass::timeout, std::move(wrong), Timeout::connect);
    co_return netFailure(io == Io::cancelled ? ErrorClass::cancelled : ErrorClass::tls, std::move(wrong));
}

TlsServer::~TlsServer() { SSL_CTX_free(context_); }

Result<Done, std::string> TlsServer::load(const std::string& certificateFile, const std::string& keyFile)
{
    ERR_clear_error();
    SSL_CTX* fresh = SSL_CTX_new(TLS_server_method());
    if (!fresh) return failure(std::string("no TLS context"));
    setModes(fresh);
    std::string wrong;
    if (SSL_CTX_use_certificate_chain_file(fresh, certificateFile.c_str()) != 1)
        wrong = "certificate " + certificateFile + ": " + lastReason("cannot be read");
    else if (SSL_CTX_use_PrivateKey_file(fresh, keyFile.c_str(), SSL_FILETYPE_PEM) != 1)
        wrong = "key " + keyFile + ": " + lastReason("cannot be read");
    else if (SSL_CTX_check_private_key(fresh) != 1)
        wrong = "key " + keyFile + " does not belong to certificate " + certificateFile;
    if (!wrong.empty())
    {
        SSL_CTX_free(fresh);
        return failure(std::move(wrong));
    }
    SSL_CTX_set_session_id_context(fresh, reinterpret_cast<const unsigned char*>("switchyard"), 10);
    SSL_CTX_set_alpn_select_cb(
        fresh,
        [](SSL*, const unsigned char** out, unsigned char* outLength, const unsigned char* in, unsigned inLength, void*)
        {
            static const unsigned char offered[] = "\x08http/1.1";
            unsigned char* chosen = nullptr;
            if (SSL_select_next_proto(&chosen, outLength, offered, sizeof(offered) - 1, in, inLength) !=
                OPENSSL_NPN_NEGOTIATED)
                return SSL_TLSEXT_ERR_NOACK;
            *out = chosen;
            return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    SSL_CTX_free(std::exchange(context_, fresh));
    return Done{};
}

} // namespace switchyard::net
