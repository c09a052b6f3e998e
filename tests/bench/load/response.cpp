#include "response.h"
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <strings.h>

namespace load
{
namespace
{

constexpr std::string_view kStampMark = "\"id\":\"chatcmpl-";
constexpr std::size_t kStampDigits = 20;

std::size_t findIn(std::string_view text, std::string_view what)
{
    const void* hit = memmem(text.data(), text.size(), what.data(), what.size());
    return hit ? static_cast<std::size_t>(static_cast<const char*>(hit) - text.data()) : std::string_view::npos;
}

/// The time in a frame's id; 0 where there is none.
std::uint64_t stampOf(std::string_view event)
{
    const std::size_t at = findIn(event, kStampMark);
    if (at == std::string_view::npos || event.size() < at + kStampMark.size() + kStampDigits) return 0;
    const char* digits = event.data() + at + kStampMark.size();
    std::uint64_t stamp = 0;
    const auto parsed = std::from_chars(digits, digits + kStampDigits, stamp);
    return parsed.ec == std::errc{} && parsed.ptr == digits + kStampDigits ? stamp : 0;
}

const char* headerValue(const std::string& head, const char* nameWithColon)
{
    const char* hit = strcasestr(head.c_str(), nameWithColon);
    return hit ? hit + std::strlen(nameWithColon) : nullptr;
}

} // namespace

void ResponseReader::begin(bool expectEvents)
{
    state_ = State::head;
    held_.clear();
    event_.clear();
    left_ = 0;
    status_ = 0;
    expectEvents_ = expectEvents;
    sawDone_ = false;
}

bool ResponseReader::takeHead(std::string_view& bytes)
{
    const std::size_t before = held_.size();
    held_ += bytes;
    const std::size_t end = held_.find("\r\n\r\n", before > 3 ? before - 3 : 0);
    if (end == std::string::npos)
    {
        bytes = {};
        return true;
    }
    bytes.remove_prefix(end + 4 - before);
    held_.resize(end + 2);
    if (!held_.starts_with("HTTP/1.1 ") || held_.size() < 12) return false;
    status_ = std::atoi(held_.c_str() + 9);
    const char* length = headerValue(held_, "\r\ncontent-length:");
    const char* coding = headerValue(held_, "\r\ntransfer-encoding:");
    if (length)
    {
        left_ = std::strtoull(length, nullptr, 10);
        state_ = left_ ? State::fixed : State::over;
    }
    else if (coding)
        state_ = State::chunkSize;
    else
        return false;
    held_.clear();
    return true;
}

bool ResponseReader::takeLine(std::string_view& bytes)
{
    const std::size_t end = bytes.find('\n');
    held_ += bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    return end != std::string_view::npos;
}

void ResponseReader::takeEvents(std::string_view data, OnStamp onStamp, void* context, Arrival& arrival)
{
    if (!expectEvents_) return;
    const auto handle = [&](std::string_view event)
    {
        if (event.starts_with("data: [DONE]")) sawDone_ = true;
        const std::uint64_t stamp = stampOf(event);
        if (stamp == 0) return;
        if (arrival.frames++ == 0) arrival.firstStamp = stamp;
        onStamp(context, stamp);
    };
    for (std::size_t end; (end = findIn(data, "\n\n")) != std::string_view::npos; data.remove_prefix(end + 2))
    {
        if (event_.empty())
            handle(data.substr(0, end));
        else
        {
            event_ += data.substr(0, end);
            handle(event_);
            event_.clear();
        }
    }
    event_ += data;
}

Arrival ResponseReader::feed(std::string_view bytes, OnStamp onStamp, void* context)
{
    Arrival arrival;
    while (!bytes.empty() || state_ == State::over)
    {
        switch (state_)
        {
        case State::head:
            if (!takeHead(bytes)) arrival.broken = true;
            break;
        case State::fixed:
        case State::chunkData:
        {
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            takeEvents(bytes.substr(0, size), onStamp, context, arrival);
            bytes.remove_prefix(size);
            left_ -= size;
            if (left_ == 0) state_ = state_ == State::fixed ? State::over : State::chunkEnd;
            break;
        }
        case State::chunkSize:
            if (!takeLine(bytes)) break;
            left_ = std::strtoull(held_.c_str(), nullptr, 16);
            held_.clear();
            state_ = left_ ? State::chunkData : State::trailer;
            break;
        case State::chunkEnd:
            if (!takeLine(bytes)) break;
            held_.clear();
            state_ = State::chunkSize;
            break;
        case State::trailer:
            if (!takeLine(bytes)) break;
            if (held_ == "\r" || held_.empty()) state_ = State::over;
            held_.clear();
            break;
        case State::over:
            arrival.complete = true;
            arrival.broken = arrival.broken || !bytes.empty() || (expectEvents_ && !sawDone_);
            return arrival;
        }
        if (arrival.broken) return arrival;
    }
    return arrival;
}

} // namespace load
