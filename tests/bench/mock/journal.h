// What happened at the mock upstream, in order, for tests that ask when a connection was closed or what was sent.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mock
{

/// Nanoseconds of the monotonic clock, the same for all processes of a machine.
std::uint64_t monotonicNow();

class Journal
{
public:
    struct Counters
    {
        std::uint64_t accepted = 0;
        std::uint64_t requests = 0;
        std::uint64_t frames = 0;
        std::uint64_t bytesOut = 0;
        std::uint64_t closedByPeer = 0;
        std::int64_t open = 0;
    };

    /// Without recording only the counters are kept: nothing grows under load.
    explicit Journal(bool recording) : recording_(recording) {}

    bool recording() const { return recording_; }
    void note(std::string_view event, std::uint64_t connection);
    void noteRequest(std::uint64_t connection, std::string_view head, std::string_view body);
    void clear() { events_.clear(); }

    /// [{"event","t","connection","head"?,"body"?}]: t as monotonicNow(); events are accept, request, answered,
    /// peer_closed (the peer closed or reset), closed (this side did).
    std::string eventsAsJson() const;
    std::string countersAsJson() const;

    Counters counters;

private:
    struct Event
    {
        std::string event;
        std::uint64_t time;
        std::uint64_t connection;
        std::string head;
        std::string body;
    };
    bool recording_;
    std::vector<Event> events_;
};

} // namespace mock
