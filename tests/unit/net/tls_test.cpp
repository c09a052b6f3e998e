#include "support.h"

#include "net/connector.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

using namespace net_test;

namespace
{

struct Key
{
    EVP_PKEY* key = EVP_EC_gen("P-256");
    ~Key() { EVP_PKEY_free(key); }
};

void extend(X509* certificate, X509* issuer, int id, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    CPPUNIT_ASSERT(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// An authority of our own and a server's certificate, made for this run.
class Authority
{
public:
    Authority()
    {
        char folder[] = "/tmp/net_tls_XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(folder));
        folder_ = folder;
        root_ = make("Test Authority", key_.key, nullptr, key_.key, "", 3600);
        write("ca.pem", root_);
    }
    ~Authority()
    {
        X509_free(root_);
        for (const std::string& file : files_)
            ::unlink(file.c_str());
        ::rmdir(folder_.c_str());
    }
    std::string caFile() const { return folder_ + "/ca.pem"; }
    /// Writes NAME.pem and NAME.key.
    void issue(const std::string& name, const char* alternatives, long seconds = 3600)
    {
        Key key;
        X509* certificate = make(name.c_str(), key.key, root_, key_.key, alternatives, seconds);
        write(name + ".pem", certificate);
        X509_free(certificate);
        files_.push_back(folder_ + "/" + name + ".key");
        FILE* file = fopen(files_.back().c_str(), "w");
        PEM_write_PrivateKey(file, key.key, nullptr, nullptr, 0, nullptr, nullptr);
        fclose(file);
    }
    std::string certificate(const std::string& name) const { return folder_ + "/" + name + ".pem"; }
    std::string key(const std::string& name) const { return folder_ + "/" + name + ".key"; }

private:
    static X509* make(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* signer, const char* alternatives,
                      long seconds)
    {
        static long serial = 1;
        X509* certificate = X509_new();
        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
        X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
        X509_set_pubkey(certificate, key);
        X509_NAME* subject = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1,
                                   0);
        X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
        if (!issuer)
            extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
        else
            extend(certificate, issuer, NID_subject_alt_name, alternatives);
        X509_sign(certificate, signer, EVP_sha256());
        return certificate;
    }
    void write(const std::string& name, X509* certificate)
    {
        files_.push_back(folder_ + "/" + name);
        FILE* file = fopen(files_.back().c_str(), "w");
        PEM_write_X509(file, certificate);
        fclose(file);
    }

    std::string folder_;
    Key key_;
    X509* root_;
    std::vector<std::string> files_;
};

// An HTTPS server made of this folder's own parts.
class SecureServer
{
public:
    SecureServer(Loop& loop, TlsServer& tls) : loop_(loop), tls_(tls)
    {
        auto made = Listener::tcp(loop, "127.0.0.1", 0, slots_,
                                  [this](Accepted accepted)
                                  {
                                      ++connections;
                                      tasks_.start(serve(*this, accepted.descriptor));
                                  });
        CPPUNIT_ASSERT(made.ok());
        listener_ = std::move(*made);
    }
    std::string port() const { return std::to_string(listener_->port()); }
    int connections = 0;
    int requests = 0;
    std::string failure;
    size_t running() const { return tasks_.running(); }

private:
    static Task<void> serve(SecureServer& server, int descriptor)
    {
        ServerConnection connection(server.loop_, descriptor, IpAddress(), server.limits_);
        auto starting = connection.startTls(server.tls_);
        auto started = co_await starting;
        if (!started)
        {
            server.failure = started.error().text;
            co_return;
        }
        for (;;)
        {
            auto reading = connection.readHead();
            auto head = co_await reading;
            if (!head) co_return;
            auto fetching = connection.readBody(64 << 20);
            auto body = co_await fetching;
            if (!body) co_return;
            ++server.requests;
            auto responding = connection.respond(200, {}, body->view());
            co_await responding;
            auto finishing = connection.finish();
            if (!co_await finishing) co_return;
        }
    }

    Loop& loop_;
    TlsServer& tls_;
    ServerLimits limits_;
    ConnectionSlots slots_{1000};
    std::unique_ptr<Listener> listener_;
    TaskSet tasks_;
};

Task<void> copyOneWay(Stream& from, Stream& to, Signal& over)
{
    char buffer[16384];
    for (;;)
    {
        auto reading = from.read(buffer, sizeof(buffer), {});
        const IoResult got = co_await reading;
        if (!got.ok()) break;
        iovec piece{buffer, got.bytes};
        auto writing = to.write({&piece, 1}, {}, 10'000);
        const IoResult sent = co_await writing;
        if (!sent.ok()) break;
    }
    over.notify();
}

// A CONNECT proxy, itself reached by TLS if `tls` is set.
ScriptedServer::Script proxyTo(uint16_t port, TlsServer* tls)
{
    return [port, tls](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](ScriptedServer& s, std::unique_ptr<Stream> client, uint16_t target, TlsServer* secure) -> Task<void>
        {
            if (secure)
            {
                auto accepting = acceptTls(*client, *secure, {});
                auto accepted = co_await accepting;
                if (!accepted) co_return;
            }
            std::string request;
            auto reading = readRequest(*client, request);
            if (!co_await reading) co_return;
            s.requests.push_back(request);
            auto agreeing = sendText(*client, "HTTP/1.1 200 OK\r\n\r\n");
            co_await agreeing;
            auto connecting = connectAny(client->loop(), {*IpAddress::parse("127.0.0.1", target)}, "upstream", {});
            auto upstream = co_await connecting;
            if (!upstream) co_return;
            Signal over;
            TaskSet ways;
            ways.start(copyOneWay(*client, **upstream, over));
            ways.start(copyOneWay(**upstream, *client, over));
            auto waiting = over.wait({});
            co_await waiting;
        }(server, std::move(stream), port, tls);
    };
}

} // namespace

class TlsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TlsTest);
    CPPUNIT_TEST(trustedServersAreTalkedTo);
    CPPUNIT_TEST(unknownAuthoritiesAreRefused);
    CPPUNIT_TEST(wrongNamesAreRefused);
    CPPUNIT_TEST(expiredCertificatesAreRefused);
    CPPUNIT_TEST(sessionsAreResumed);
    CPPUNIT_TEST(largeBodiesPassBothWays);
    CPPUNIT_TEST(plainServersAreNoTlsServers);
    CPPUNIT_TEST(silentServersTimeOut);
    CPPUNIT_TEST(certificatesAreReplacedWhileServing);
    CPPUNIT_TEST(badCertificateFilesSaySo);
    CPPUNIT_TEST(tunnelsCarryTls);
    CPPUNIT_TEST(failedHandshakesLeakNothing);
    CPPUNIT_TEST_SUITE_END();

    struct SecureWorld : World
    {
        Authority authority;
        TlsServer server;
        explicit SecureWorld(bool trusted = true, const char* names = "DNS:api.example,IP:127.0.0.1",
                             long seconds = 3600)
        {
            authority.issue("server", names, seconds);
            if (trusted) CPPUNIT_ASSERT(tls.addAuthorities(authority.caFile()).ok());
            CPPUNIT_ASSERT(server.load(authority.certificate("server"), authority.key("server")).ok());
            resolver.pin("api.example", {*IpAddress::parse("127.0.0.1")});
            resolver.pin("other.example", {*IpAddress::parse("127.0.0.1")});
        }
    };

    static Url secureUrl(const std::string& host, const std::string& port)
    {
        return Url::parse("https://" + host + ":" + port + "/x").value();
    }

public:
    void trustedServersAreTalkedTo()
    {
        SecureWorld world;
        SecureServer server(world.loop, world.server);
        for (const char* host : {"api.example", "127.0.0.1"})
            for (int i = 0; i < 3; ++i)
            {
                const Outcome out = fetch(world, secureUrl(host, server.port()), {}, {"hel", "lo"});
                CPPUNIT_ASSERT_MESSAGE(out.error.text, out.ok);
                CPPUNIT_ASSERT_EQUAL(std::string("hello"), out.body);
            }
        CPPUNIT_ASSERT_EQUAL(2, server.connections);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, world.pool.idle());
    }

    void unknownAuthoritiesAreRefused()
    {
        SecureWorld world(false);
        SecureServer server(world.loop, world.server);
        const Outcome out = fetch(world, secureUrl("api.example", server.port()));
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::tls);
        CPPUNIT_ASSERT_MESSAGE(out.error.text, out.error.text.find("certificate") != std::string::npos &&
                                                   out.error.text.find("api.example") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, server.requests);
    }

    void wrongNamesAreRefused()
    {
        SecureWorld world(true, "DNS:api.example,DNS:*.sub.example,IP:127.0.0.2");
        SecureServer server(world.loop, world.server);
        world.resolver.pin("a.sub.example", {*IpAddress::parse("127.0.0.1")});
        world.resolver.pin("a.b.sub.example", {*IpAddress::parse("127.0.0.1")});
        CPPUNIT_ASSERT(fetch(world, secureUrl("a.sub.example", server.port())).ok);
        for (const char* host : {"other.example", "127.0.0.1", "a.b.sub.example"})
        {
            const Outcome out = fetch(world, secureUrl(host, server.port()));
            CPPUNIT_ASSERT_MESSAGE(host, out.error.kind == ErrorClass::tls);
            CPPUNIT_ASSERT_MESSAGE(out.error.text, out.error.text.find("mismatch") != std::string::npos);
        }
    }

    void expiredCertificatesAreRefused()
    {
        SecureWorld world(true, "DNS:api.example", -3600);
        SecureServer server(world.loop, world.server);
        const Outcome out = fetch(world, secureUrl("api.example", server.port()));
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::tls && out.error.text.find("expired") != std::string::npos);
    }

    void sessionsAreResumed()
    {
        SecureWorld world;
        SecureServer server(world.loop, world.server);
        const Url url = secureUrl("api.example", server.port());
        CPPUNIT_ASSERT(fetch(world, url, {}, {"a"}).ok);
        world.pool.closeIdle();
        CPPUNIT_ASSERT(fetch(world, url, {}, {"b"}).ok);
        CPPUNIT_ASSERT_EQUAL(2, server.connections);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, world.pool.counters().resumed);
    }

    void largeBodiesPassBothWays()
    {
        SecureWorld world;
        SecureServer server(world.loop, world.server);
        std::string body;
        for (int i = 0; body.size() < (5u << 20); ++i)
            body += std::to_string(i) + " ";
        const std::string_view all(body);
        const Outcome out = fetch(world, secureUrl("api.example", server.port()), {},
                                  {all.substr(0, 10), all.substr(10, 100'000), all.substr(100'010)});
        CPPUNIT_ASSERT(out.ok && out.body == body);
    }

    void plainServersAreNoTlsServers()
    {
        SecureWorld world;
        auto plain = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                auto sending = sendText(*connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
                co_await sending;
                auto draining = drain(*connection);
                co_await draining;
            }(std::move(stream));
        };
        ScriptedServer server(world.loop, plain);
        const Outcome out = fetch(world, secureUrl("api.example", std::to_string(server.port())));
        CPPUNIT_ASSERT_MESSAGE(out.error.text, out.error.kind == ErrorClass::tls);
        // And the other way round: a plain client at a TLS port.
        SecureServer secure(world.loop, world.server);
        CPPUNIT_ASSERT(!fetch(world, Url::parse("http://127.0.0.1:" + secure.port() + "/").value()).ok);
        CPPUNIT_ASSERT(!secure.failure.empty());
    }

    void silentServersTimeOut()
    {
        SecureWorld world;
        auto silent = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                auto draining = drain(*connection);
                co_await draining;
            }(std::move(stream));
        };
        ScriptedServer server(world.loop, silent);
        CallOptions options;
        options.connectMs = 40;
        const Outcome out = fetch(world, secureUrl("api.example", std::to_string(server.port())), options);
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::timeout && out.error.which == Timeout::connect);
    }

    void certificatesAreReplacedWhileServing()
    {
        SecureWorld world;
        SecureServer server(world.loop, world.server);
        CPPUNIT_ASSERT(fetch(world, secureUrl("api.example", server.port())).ok);
        world.authority.issue("second", "DNS:other.example");
        CPPUNIT_ASSERT(world.server.load(world.authority.certificate("second"), world.authority.key("second")).ok());
        CPPUNIT_ASSERT(fetch(world, secureUrl("api.example", server.port())).ok); // its connection lives on
        CPPUNIT_ASSERT(fetch(world, secureUrl("other.example", server.port())).ok);
        CPPUNIT_ASSERT_EQUAL(2, server.connections);
        world.pool.closeIdle();
        CPPUNIT_ASSERT(!fetch(world, secureUrl("127.0.0.1", server.port())).ok);
    }

    void badCertificateFilesSaySo()
    {
        SecureWorld world;
        world.authority.issue("second", "DNS:other.example");
        const auto mismatch = world.server.load(world.authority.certificate("second"), world.authority.key("server"));
        CPPUNIT_ASSERT(!mismatch.ok());
        const auto missing = world.server.load("/no/such/file.pem", world.authority.key("server"));
        CPPUNIT_ASSERT(!missing.ok() && missing.error().find("/no/such/file.pem") != std::string::npos);
        CPPUNIT_ASSERT(!world.tls.addAuthorities("/no/such/ca.pem").ok());
        SecureServer server(world.loop, world.server); // the old one still serves
        CPPUNIT_ASSERT(fetch(world, secureUrl("api.example", server.port())).ok);
    }

    void tunnelsCarryTls()
    {
        SecureWorld world;
        SecureServer server(world.loop, world.server);
        const auto port = static_cast<uint16_t>(std::stoul(server.port()));
        ScriptedServer plain(world.loop, proxyTo(port, nullptr));
        ScriptedServer secure(world.loop, proxyTo(port, &world.server));
        for (const std::string& address : {"http://127.0.0.1:" + std::to_string(plain.port()),
                                           "https://api.example:" + std::to_string(secure.port())})
        {
            const Url proxy = Url::parseProxy(address).value();
            CallOptions options;
            options.proxy = &proxy;
            for (int i = 0; i < 2; ++i)
            {
                const Outcome out = fetch(world, secureUrl("api.example", server.port()), options, {"through"});
                CPPUNIT_ASSERT_MESSAGE(address + ": " + out.error.text, out.ok && out.body == "through");
            }
        }
        CPPUNIT_ASSERT_EQUAL(1, plain.connections);
        CPPUNIT_ASSERT_EQUAL(1, secure.connections);
        CPPUNIT_ASSERT(secure.requests.at(0).starts_with("CONNECT api.example:" + server.port() + " "));
    }

    void failedHandshakesLeakNothing()
    {
        SecureWorld world(false);
        SecureServer server(world.loop, world.server);
        const Url url = secureUrl("api.example", server.port());
        fetch(world, url);
        runUntil(world.loop, [&] { return server.running() == 0; });
        const size_t before = openDescriptors();
        for (int i = 0; i < 100; ++i)
            CPPUNIT_ASSERT(!fetch(world, url).ok);
        runUntil(world.loop, [&] { return server.running() == 0; });
        CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsTest);
