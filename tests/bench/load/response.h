// Reads HTTP answers and the events inside them, as they arrive.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load
{

/// What one piece of input brought.
struct Arrival
{
    std::uint64_t frames = 0;     // content frames with a time stamp
    std::uint64_t firstStamp = 0; // of the first of them, as the sender's clock said
    bool complete = false;        // the answer ended
    bool broken = false;          // no HTTP answer, or not the one expected
};

class ResponseReader
{
public:
    /// Called for each stamped frame with the sender's time.
    using OnStamp = void (*)(void* context, std::uint64_t stamp);

    void begin(bool expectEvents);
    Arrival feed(std::string_view bytes, OnStamp onStamp, void* context);

    int status() const { return status_; }
    bool sawDone() const { return sawDone_; }

private:
    enum class State
    {
        head,
        fixed,
        chunkSize,
        chunkData,
        chunkEnd,
        trailer,
        over
    };

    bool takeHead(std::string_view& bytes);
    void takeEvents(std::string_view data, OnStamp onStamp, void* context, Arrival& arrival);
    bool takeLine(std::string_view& bytes);

    State state_ = State::head;
    std::string held_;       // the unfinished head, or line
    std::string event_;      // the unfinished event
    std::uint64_t left_ = 0; // bytes of the body or chunk
    int status_ = 0;
    bool expectEvents_ = false;
    bool sawDone_ = false;
};

} // namespace load
