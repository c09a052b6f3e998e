// Server-sent events: cuts a byte stream into frames (WHATWG HTML 9.2.5 and 9.2.6).
//
// One implementation for host and plug-ins. It takes the stream in pieces cut anywhere and yields, for every frame,
// both the raw bytes with their delimiter (the raw frames joined are the stream, byte for byte: so it can be passed on
// 1:1) and what the frame says. A frame that lies whole in the bytes given is not copied.
//
//     splitter.feed(bytes);                      // `bytes` must live until next() has said false
//     for (SseFrame frame; splitter.next(frame);) handle(frame.data);
//     if (splitter.tooLong()) ...
//     ... at the end of the body:
//     for (SseFrame frame; splitter.finish(frame);) handle(frame.data);
//
// Where one goes against the letter of the standard: a last frame without its blank line is delivered (providers leave
// it out) instead of dropped, and frames without data (comments, blank lines) are delivered too, with hasData false.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// One frame; the views live until the next call on the splitter.
struct SseFrame
{
    std::string_view raw;   ///< with its delimiter; all raw frames in order are the stream
    std::string_view data;  ///< the data lines joined by LF
    std::string_view event; ///< the last `event` field; empty: none
    bool hasData = false;   ///< whether there was a data line at all: comments and blank lines have none
    bool complete = true;   ///< false: the stream ended before the frame's blank line
};

namespace detail
{

/// Finds where a frame ends, over any number of pieces; remembers only what a piece's border may hide.
///
/// A CR as the last byte of a piece may be half of a CR LF, so the end of a frame is known only with the next byte,
/// except where the line before ended in a lone CR: there a CR ends the frame at once, whatever follows. So the outcome
/// does not depend on the cuts, and a stream of lone CRs is not held back.
class SseScanner
{
public:
    /// Scans [p, end). Returns one past the frame's last byte, or nullptr when the frame goes on.
    const char* scan(const char* p, const char* end)
    {
        const char* lineFeed = p; // the next LF at or after p, kept so that lone CRs do not search again and again
        bool searched = false;
        while (p < end)
        {
            if (afterCr_)
            {
                afterCr_ = false;
                loneCr_ = *p != '\n';
                if (!loneCr_) ++p;
                if (blank_) return p;
                lineEmpty_ = true;
                continue;
            }
            if (lineEmpty_)
            {
                if (*p == '\n') return p + 1;
                if (*p == '\r')
                {
                    if (loneCr_) return p + 1;
                    blank_ = afterCr_ = true;
                    ++p;
                    continue;
                }
                lineEmpty_ = false;
                ++lines_;
            }
            if (!searched || (lineFeed && lineFeed < p))
            {
                lineFeed = static_cast<const char*>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
                searched = true;
            }
            const char* limit = lineFeed ? lineFeed : end;
            if (const void* cr = std::memchr(p, '\r', static_cast<size_t>(limit - p)))
            {
                p = static_cast<const char*>(cr) + 1;
                afterCr_ = true;
            }
            else if (lineFeed)
            {
                p = lineFeed + 1;
                lineEmpty_ = true;
                loneCr_ = false;
            }
            else
                return nullptr;
        }
        return nullptr;
    }

    /// Whether the stream, if it ended here, would end with a whole frame (a blank line's CR was the last byte).
    bool atBlankLine() const { return blank_ && afterCr_; }
    /// How many lines that are not blank the frame has so far.
    size_t lines() const { return lines_; }
    void reset() { *this = SseScanner(); }

private:
    size_t lines_ = 0;
    bool lineEmpty_ = true; // at the start of a line
    bool loneCr_ = false;   // the line before ended in a CR without LF
    bool afterCr_ = false;  // the last byte was a CR, what follows is not known yet
    bool blank_ = false;    // ... and it stood in a blank line
};

} // namespace detail

/// The splitter. About 120 bytes; holds heap memory only while a frame is incomplete.
class SseSplitter
{
public:
    static constexpr size_t kMaxFrame = size_t{16} << 20;

    explicit SseSplitter(size_t maxFrame = kMaxFrame) : maxFrame_(maxFrame) {}

    /// More of the stream. Call next() until it says false before feeding again.
    void feed(std::string_view bytes) { input_ = bytes; }

    /// The next whole frame. False: none yet (the rest is kept), or tooLong().
    bool next(SseFrame& frame)
    {
        dropDelivered();
        if (tooLong_) return false;
        const char* begin = input_.data();
        const char* end = scanner_.scan(begin, begin + input_.size());
        const size_t taken = end ? static_cast<size_t>(end - begin) : input_.size();
        if (taken + held_.size() > maxFrame_)
        {
            tooLong_ = true;
            std::string().swap(held_);
            return false;
        }
        if (held_.empty() && end)
            deliver(frame, input_.substr(0, taken), true);
        else
        {
            held_.append(input_.data() ? input_.data() : "", taken);
            if (end)
            {
                deliver(frame, held_, true);
                delivered_ = true;
            }
        }
        input_.remove_prefix(taken);
        return end != nullptr;
    }

    /// The stream has ended (after next() said false): yields what is left, at most one frame.
    bool finish(SseFrame& frame)
    {
        dropDelivered();
        if (tooLong_ || held_.empty()) return false;
        deliver(frame, held_, scanner_.atBlankLine());
        delivered_ = true;
        return true;
    }

    /// A frame was longer than the limit; nothing more is delivered.
    bool tooLong() const { return tooLong_; }
    /// Bytes of an incomplete frame.
    size_t held() const { return delivered_ ? 0 : held_.size(); }
    /// The incomplete frame's bytes: not delivered yet.
    std::string_view heldBytes() const { return delivered_ ? std::string_view() : std::string_view(held_); }

private:
    static constexpr size_t kKeptCapacity = 4096; // an idle stream does not sit on the memory of its longest frame

    void dropDelivered()
    {
        if (!delivered_) return;
        delivered_ = false;
        if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
        held_.clear();
    }

    void deliver(SseFrame& frame, std::string_view raw, bool complete)
    {
        frame = SseFrame();
        frame.raw = raw;
        frame.complete = complete;
        size_t lines = scanner_.lines();
        scanner_.reset();
        if (!begun_)
        {
            begun_ = true;
            if (raw.substr(0, 3) == "\xEF\xBB\xBF") raw.remove_prefix(3); // a byte order mark is not part of the field
        }
        bool joined = false;
        for (; lines > 0 && !raw.empty(); --lines)
        {
            const std::string_view line = takeLine(raw, lines == 1);
            if (line.empty()) continue;
            if (line.compare(0, 4, "data") == 0 && (line.size() == 4 || line[4] == ':'))
                addData(frame, value(line, 4), joined);
            else if (line.compare(0, 5, "event") == 0 && (line.size() == 5 || line[5] == ':'))
                frame.event = value(line, 5);
        }
    }

    /// Cuts the first line off. The last line needs no search for its end: only line ends follow it.
    static std::string_view takeLine(std::string_view& rest, bool last)
    {
        size_t size = rest.size();
        if (last)
            while (size > 0 && (rest[size - 1] == '\n' || rest[size - 1] == '\r'))
                --size;
        else
        {
            size = std::min(rest.find('\n'), rest.size());
            size = std::min(rest.substr(0, size).find('\r'), size);
        }
        const std::string_view line = rest.substr(0, size);
        rest.remove_prefix(line.size());
        const bool crLf = rest.size() > 1 && rest[0] == '\r' && rest[1] == '\n';
        if (!rest.empty()) rest.remove_prefix(crLf ? 2 : 1);
        return line;
    }

    static std::string_view value(std::string_view line, size_t name)
    {
        line.remove_prefix(line.size() > name ? name + 1 : name);
        if (!line.empty() && line[0] == ' ') line.remove_prefix(1);
        return line;
    }

    void addData(SseFrame& frame, std::string_view text, bool& joined)
    {
        if (!frame.hasData)
        {
            frame.hasData = true;
            frame.data = text;
            return;
        }
        if (!joined) joined_.assign(frame.data.data() ? frame.data.data() : "", frame.data.size());
        joined = true;
        joined_ += '\n';
        joined_ += text;
        frame.data = joined_;
    }

    std::string_view input_;
    std::string held_;   // an incomplete frame
    std::string joined_; // data of a frame with several data lines
    detail::SseScanner scanner_;
    size_t maxFrame_;
    bool delivered_ = false; // held_ is the frame that was delivered last
    bool begun_ = false;
    bool tooLong_ = false;
};

} // namespace switchyard::sdk
