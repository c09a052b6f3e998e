// The load generator's loop: one thread, one epoll, many connections that each send the same request again and again.
#pragma once
#include "response.h"
#include "samples.h"
#include "watch.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace load
{

struct Plan
{
    int port = 0;
    std::string request;  // head and body
    bool streams = false; // answers are event streams
    std::size_t connections = 1;
    double rampSeconds = 0;   // connections start evenly over this time
    double warmSeconds = 0.5; // then nothing is measured for so long
    double seconds = 3;       // measured
    int watchedPid = 0;
};

struct Report
{
    double seconds = 0;
    std::uint64_t answers = 0; // completed in the measured time
    std::uint64_t frames = 0;  // arrived in the measured time
    std::uint64_t errors = 0;  // at any time
    std::string firstError;
    Samples answerTime; // request sent to answer complete
    Samples firstFrame; // request sent to first frame
    Samples latency;    // frame sent by the upstream to frame read here
    Samples gap;        // between two frames of a stream
    Usage before;       // of the watched process, at the start and the end of the measured time
    Usage after;
    std::size_t running = 0; // connections with an open answer when the measured time ended
};

class Client
{
public:
    explicit Client(Plan plan);
    ~Client();
    Report run();

private:
    struct Connection
    {
        int fd = -1;
        ResponseReader reader;
        std::size_t sent = 0;
        std::uint64_t sentAt = 0;
        std::uint64_t lastFrame = 0;
        bool connected = false;
        bool waiting = false; // an answer is under way
    };

    void open(std::size_t index);
    void send(std::size_t index);
    void onEvent(std::size_t index, std::uint32_t events);
    void onInput(std::size_t index);
    void fail(std::size_t index, const std::string& what);
    static void onStamp(void* context, std::uint64_t stamp);

    Plan plan_;
    Report report_;
    int epoll_;
    std::vector<Connection> connections_;
    std::uint64_t now_ = 0;
    Connection* current_ = nullptr;
    bool measuring_ = false;
};

} // namespace load
