#include "net/resolver.h"

#include "net/signal.h"
#include "net/workers.h"

#include "base/clock.h"

#include <mutex>
#include <netdb.h>
#include <sys/socket.h>
#include <unordered_map>

namespace switchyard::net
{

namespace
{

constexpr int64_t kKeepFailureMs = 1'000;
constexpr size_t kMostNames = 4096;

// What one waiting coroutine and the worker share; outlives either.
struct Question
{
    Signal answered;
    std::vector<IpAddress> addresses;
    std::string error;
};

struct Waiting
{
    std::shared_ptr<Inbox> inbox;
    std::shared_ptr<Question> question;
};

struct Entry
{
    std::vector<IpAddress> addresses;
    std::string error;
    int64_t goodUntil = 0;
    std::vector<Waiting> waiting; // not empty: somebody asks already
};

void ask(const std::string& host, std::vector<IpAddress>& addresses, std::string& error)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int result = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (result != 0)
    {
        error = gai_strerror(result);
        return;
    }
    for (const addrinfo* at = found; at; at = at->ai_next)
        if (IpAddress address = IpAddress::from(at->ai_addr); address.family != IpAddress::Family::none)
            addresses.push_back(address);
    freeaddrinfo(found);
    if (addresses.empty()) error = "the name has no address";
}

} // namespace

struct Resolver::State
{
    std::mutex mutex; // held for map operations only
    std::unordered_map<std::string, Entry> entries;
    int64_t keepMs = 0;

    void trim(int64_t now)
    {
        if (entries.size() < kMostNames) return;
        std::erase_if(entries,
                      [now](const auto& item) { return item.second.goodUntil <= now && item.second.waiting.empty(); });
    }

    // On a worker.
    void look(const std::string& host)
    {
        std::vector<IpAddress> addresses;
        std::string error;
        ask(host, addresses, error);
        std::vector<Waiting> waiting;
        {
            const std::lock_guard lock(mutex);
            Entry& entry = entries[host];
            entry.addresses = addresses;
            entry.error = error;
            entry.goodUntil = steadyMillis() + (error.empty() ? keepMs : kKeepFailureMs);
            waiting.swap(entry.waiting);
        }
        for (Waiting& one : waiting)
            one.inbox->post(
                [question = std::move(one.question), addresses, error]
                {
                    question->addresses = addresses;
                    question->error = error;
                    question->answered.notify();
                });
    }
};

Resolver::Resolver(Workers& workers, int64_t keepMs) : state_(std::make_shared<State>()), workers_(workers)
{
    state_->keepMs = keepMs;
}

Resolver::~Resolver() = default;

void Resolver::pin(const std::string& host, std::vector<IpAddress> addresses)
{
    const std::lock_guard lock(state_->mutex);
    Entry& entry = state_->entries[host];
    entry.addresses = std::move(addresses);
    entry.error.clear();
    entry.goodUntil = kNever;
}

Task<Result<std::vector<IpAddress>, NetError>> Resolver::resolve(std::string host, uint16_t port, Until until)
{
    if (auto literal = IpAddress::parse(host, port)) co_return std::vector<IpAddress>{*literal};
    std::vector<IpAddress> addresses;
    std::string error;
    std::shared_ptr<Question> question;
    {
        const std::lock_guard lock(state_->mutex);
        const int64_t now = steadyMillis();
        state_->trim(now);
        Entry& entry = state_->entries[host];
        if (entry.goodUntil > now)
        {
            addresses = entry.addresses;
            error = entry.error;
        }
        else
        {
            question = std::make_shared<Question>();
            const bool first = entry.waiting.empty();
            entry.waiting.push_back({Loop::current().inbox(), question});
            if (first) workers_.post([state = state_, host] { state->look(host); });
        }
    }
    if (question)
    {
        auto asking = question->answered.wait(until);
        const Wake woken = co_await asking;
        if (woken == Wake::timeout)
            co_return netFailure(ErrorClass::timeout, host + ": no answer from DNS in time", Timeout::connect);
        if (woken == Wake::cancelled) co_return netFailure(ErrorClass::cancelled, host + ": cancelled");
        addresses = std::move(question->addresses);
        error = std::move(question->error);
    }
    if (!error.empty()) co_return netFailure(ErrorClass::dns, host + ": " + error);
    for (IpAddress& address : addresses)
        address.port = port;
    co_return addresses;
}

} // namespace switchyard::net
