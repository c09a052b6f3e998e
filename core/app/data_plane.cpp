#include "app/data_plane.h"

#include "base/secret.h"
#include "telemetry/log.h"

#include <cstring>
#include <future>
#include <stdexcept>

namespace switchyard::app
{

namespace
{

uint64_t seed()
{
    std::array<unsigned char, 8> bytes;
    randomBytes(bytes);
    uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

} // namespace

// Everything here but the thread and the loop's post() belongs to the loop's thread.
struct DataPlane::Shard
{
    std::thread thread;
    net::Loop* loop = nullptr; // lives on the thread's stack while it runs
    edge::Edge* edge = nullptr;
    relay::Relay* relay = nullptr;
    net::ConnectionSlots* slots = nullptr;
    net::TlsServer certificate;
    std::vector<std::unique_ptr<net::Listener>> listeners;
};

DataPlane::DataPlane(size_t threads, const relay::RelayServices& relay, const edge::Plane& edge, net::Resolver& resolver,
                     net::TlsClient& tls)
    : relay_(relay), edge_(edge), resolver_(resolver), tls_(tls)
{
    for (size_t i = 0; i < threads; ++i)
        shards_.push_back(std::make_unique<Shard>());
}

DataPlane::~DataPlane() { stop(); }

void DataPlane::stop()
{
    for (auto& shard : shards_)
        if (shard->loop) shard->loop->stop();
    for (auto& shard : shards_)
    {
        if (shard->thread.joinable()) shard->thread.join();
        shard->loop = nullptr;
    }
}

void DataPlane::listen(Shard& shard, const ListenSettings& settings, std::string& error)
{
    const bool secure = !settings.certificateFile.empty();
    if (secure)
    {
        auto loaded = shard.certificate.load(settings.certificateFile, settings.keyFile);
        if (!loaded)
        {
            error = loaded.error();
            return;
        }
    }
    auto take = [&](Result<std::unique_ptr<net::Listener>, std::string> listener) {
        if (listener)
            shard.listeners.push_back(std::move(*listener));
        else if (error.empty())
            error = listener.error();
        return error.empty();
    };
    // The first shard finds a free port or makes the socket; the others share it.
    const bool first = &shard == shards_.front().get();
    auto receiver = [&shard, secure](net::Accepted accepted) {
        shard.edge->accept(std::move(accepted), secure ? &shard.certificate : nullptr);
    };
    if (!take(net::Listener::tcp(*shard.loop, settings.host, first ? settings.port : port_, *shard.slots, receiver))) return;
    if (first) port_ = shard.listeners.back()->port();

    if (settings.unixSocket.empty()) return;
    auto local = [&shard](net::Accepted accepted) { shard.edge->accept(std::move(accepted), nullptr); };
    const int shared = first ? -1 : shards_.front()->listeners.back()->descriptor();
    take(net::Listener::unixSocket(*shard.loop, settings.unixSocket, settings.unixMode, *shard.slots, local, shared));
}

void DataPlane::start(const ListenSettings& settings, relay::OutlookPtr outlook)
{
    settings_ = settings;
    // One shard after the other: the first finds a free port, the others share it.
    for (auto& owned : shards_)
    {
        Shard& shard = *owned;
        std::promise<std::string> started;
        std::future<std::string> outcome = started.get_future();
        shard.thread = std::thread([this, &shard, &started, &outlook] {
            net::Loop loop;
            net::ClientPool pool(loop, resolver_, tls_);
            relay::Relay relay(loop, pool, relay_, seed());
            relay.publish(outlook);
            edge::Edge edge(loop, relay, edge_);
            net::ConnectionSlots slots(settings_.maxConnections / shards_.size() + 1);
            shard.loop = &loop;
            shard.edge = &edge;
            shard.relay = &relay;
            shard.slots = &slots;
            std::string error;
            listen(shard, settings_, error);
            const bool failed = !error.empty();
            started.set_value(std::move(error));
            if (!failed) loop.run();
            shard.listeners.clear();
            loop.cancelTasks(); // connections use pool, relay and edge, which go before the loop
        });
        const std::string error = outcome.get();
        if (!error.empty())
        {
            shard.loop = nullptr;
            throw std::runtime_error(error);
        }
    }
}

void DataPlane::publish(relay::OutlookPtr outlook)
{
    for (auto& shard : shards_)
        if (shard->loop) shard->loop->post([&shard = *shard, outlook] { shard.relay->publish(outlook); });
}

void DataPlane::afterEveryLoopTurned(std::function<void()> then)
{
    if (shards_.empty() || !shards_.front()->loop) return then(); // they have ended
    auto pending = std::make_shared<std::atomic<size_t>>(shards_.size());
    for (auto& shard : shards_)
        shard->loop->post([pending, then] {
            if (pending->fetch_sub(1) == 1) then();
        });
}

std::string DataPlane::reloadCertificate()
{
    if (settings_.certificateFile.empty()) return {};
    std::string error;
    for (auto& shard : shards_)
    {
        std::promise<std::string> loaded;
        auto outcome = loaded.get_future();
        shard->loop->post([&, &target = *shard] {
            auto result = target.certificate.load(settings_.certificateFile, settings_.keyFile);
            loaded.set_value(result ? std::string() : result.error());
        });
        const std::string failed = outcome.get();
        if (error.empty()) error = failed;
    }
    return error;
}

size_t DataPlane::connections()
{
    size_t all = 0;
    for (auto& shard : shards_)
    {
        std::promise<size_t> counted;
        auto outcome = counted.get_future();
        shard->loop->post([&, &target = *shard] { counted.set_value(target.edge->connections()); });
        all += outcome.get();
    }
    return all;
}

bool DataPlane::drain(std::chrono::milliseconds limit, const std::function<bool()>& giveUp)
{
    for (auto& shard : shards_)
        shard->loop->post([&target = *shard] {
            target.listeners.clear();
            target.edge->drain();
        });
    const auto end = std::chrono::steady_clock::now() + limit;
    while (connections() > 0)
    {
        if (std::chrono::steady_clock::now() >= end || giveUp()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

} // namespace switchyard::app
