// Newline-delimited JSON: cuts a byte stream into lines. Like sse.hpp in use and in promise: cut anywhere, no copy of a
// line that lies whole in the bytes given, the raw lines joined are the stream.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// One line; the views live until the next call on the splitter.
struct NdjsonLine
{
    std::string_view raw;  ///< with its line end
    std::string_view text; ///< without it (LF or CR LF); empty for blank lines
    bool complete = true;  ///< false: the stream ended before the line did
};

class NdjsonSplitter
{
public:
    static constexpr size_t kMaxLine = size_t{16} << 20;

    explicit NdjsonSplitter(size_t maxLine = kMaxLine) : maxLine_(maxLine) {}

    /// More of the stream; it must live until next() has said false.
    void feed(std::string_view bytes) { input_ = bytes; }

    /// The next whole line. False: none yet, or tooLong().
    bool next(NdjsonLine& line)
    {
        dropDelivered();
        if (tooLong_ || input_.empty()) return false;
        const void* found = std::memchr(input_.data(), '\n', input_.size());
        const size_t taken =
            found ? static_cast<size_t>(static_cast<const char*>(found) - input_.data()) + 1 : input_.size();
        if (held_.size() + taken > maxLine_)
        {
            tooLong_ = true;
            std::string().swap(held_);
            return false;
        }
        if (held_.empty() && found)
            deliver(line, input_.substr(0, taken), true);
        else
        {
            held_.append(input_.data(), taken);
            if (found) deliver(line, held_, delivered_ = true);
        }
        input_.remove_prefix(taken);
        return found != nullptr;
    }

    /// The stream has ended: yields a last line without its end, if there is one.
    bool finish(NdjsonLine& line)
    {
        dropDelivered();
        if (tooLong_ || held_.empty()) return false;
        deliver(line, held_, false);
        delivered_ = true;
        return true;
    }

    bool tooLong() const { return tooLong_; }

private:
    static constexpr size_t kKeptCapacity = 4096;

    static void deliver(NdjsonLine& line, std::string_view raw, bool complete)
    {
        line.raw = line.text = raw;
        line.complete = complete;
        while (!line.text.empty() && (line.text.back() == '\n' || line.text.back() == '\r'))
            line.text.remove_suffix(1);
    }

    void dropDelivered()
    {
        if (!delivered_) return;
        delivered_ = false;
        if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
        held_.clear();
    }

    std::string_view input_;
    std::string held_; // an incomplete line
    size_t maxLine_;
    bool delivered_ = false; // held_ is the line that was delivered last
    bool tooLong_ = false;
};

} // namespace switchyard::sdk
