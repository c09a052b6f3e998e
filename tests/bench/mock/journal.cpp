#include "journal.h"
#include <cstdio>
#include <ctime>

namespace mock
{
namespace
{

/// JSON text of any bytes: those that are not ASCII go as \u00XX, one per byte, so that a reader gets them back
/// exactly.
std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (byte >= 32 && byte < 127)
            out += c;
        else
        {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u00%02x", byte);
            out += escape;
        }
    }
    return out + '"';
}

} // namespace

std::uint64_t monotonicNow()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

void Journal::note(std::string_view event, std::uint64_t connection)
{
    if (recording_) events_.push_back({std::string(event), monotonicNow(), connection, {}, {}});
}

void Journal::noteRequest(std::uint64_t connection, std::string_view head, std::string_view body)
{
    if (recording_) events_.push_back({"request", monotonicNow(), connection, std::string(head), std::string(body)});
}

std::string Journal::eventsAsJson() const
{
    std::string out = "[";
    for (const Event& event : events_)
    {
        out += out.size() > 1 ? ",\n" : "";
        out += R"({"event":)" + quoted(event.event) + R"(,"t":)" + std::to_string(event.time) + R"(,"connection":)" +
               std::to_string(event.connection);
        if (event.event == "request") out += R"(,"head":)" + quoted(event.head) + R"(,"body":)" + quoted(event.body);
        out += "}";
    }
    return out + "]";
}

std::string Journal::countersAsJson() const
{
    return R"({"accepted":)" + std::to_string(counters.accepted) + R"(,"requests":)" +
           std::to_string(counters.requests) + R"(,"frames":)" + std::to_string(counters.frames) + R"(,"bytes_out":)" +
           std::to_string(counters.bytesOut) + R"(,"closed_by_peer":)" + std::to_string(counters.closedByPeer) +
           R"(,"open":)" + std::to_string(counters.open) + "}";
}

} // namespace mock
