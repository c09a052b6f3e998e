// mock_upstream: an OpenAI-compatible server that answers from memory and fails as it is told (see script.h).
#include "server.h"
#include <charconv>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

namespace
{

volatile int stopRequested = 0;

constexpr const char* kUsage = R"(usage: mock_upstream [options]
  --port N          plain HTTP on 127.0.0.1:N; 0, the default, takes a free port
  --tls-port N      HTTPS likewise; needs --cert and --key (PEM files)
  --cert FILE --key FILE
  --frames N        content frames of a stream (8)
  --pace MS         time between two frames in milliseconds (0)
  --record          keep what happens for GET /__log; POST /__reset forgets it. GET /__stats works always
Prints "plain PORT" and, with --tls-port, "tls PORT", each on a line, and serves until SIGTERM.
)";

struct Options
{
    int port = 0;
    int tlsPort = -1;
    std::string cert;
    std::string key;
    bool record = false;
    mock::Defaults defaults;
};

bool readNumber(const char* text, std::uint64_t& value)
{
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end;
}

bool readOptions(int argc, char** argv, Options& options)
{
    for (int i = 1; i < argc; ++i)
    {
        const std::string_view name = argv[i];
        if (name == "--record")
        {
            options.record = true;
            continue;
        }
        if (i + 1 == argc) return false;
        const char* value = argv[++i];
        std::uint64_t number = 0;
        if (name == "--cert")
            options.cert = value;
        else if (name == "--key")
            options.key = value;
        else if (!readNumber(value, number))
            return false;
        else if (name == "--port")
            options.port = static_cast<int>(number);
        else if (name == "--tls-port")
            options.tlsPort = static_cast<int>(number);
        else if (name == "--frames")
            options.defaults.frames = number;
        else if (name == "--pace")
            options.defaults.paceMicros = number * 1000;
        else
            return false;
    }
    return options.tlsPort < 0 || (!options.cert.empty() && !options.key.empty());
}

SSL_CTX* tlsContext(const Options& options)
{
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(context, options.cert.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1)
    {
        SSL_CTX_free(context);
        return nullptr;
    }
    return context;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    if (!readOptions(argc, argv, options))
    {
        std::cerr << kUsage;
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, [](int) { stopRequested = 1; });
    std::signal(SIGINT, [](int) { stopRequested = 1; });

    SSL_CTX* tls = nullptr;
    if (options.tlsPort >= 0 && !(tls = tlsContext(options)))
    {
        std::cerr << "mock_upstream: the certificate or its key cannot be read\n";
        return 1;
    }
    int code = 0;
    try
    {
        mock::Journal journal(options.record);
        mock::Server server(journal, options.defaults);
        std::cout << "plain " << server.listen(options.port, nullptr) << std::endl;
        if (tls) std::cout << "tls " << server.listen(options.tlsPort, tls) << std::endl;
        server.run(stopRequested);
    }
    catch (const std::system_error& error)
    {
        std::cerr << "mock_upstream: " << error.what() << "\n";
        code = 1;
    }
    SSL_CTX_free(tls);
    return code;
}
