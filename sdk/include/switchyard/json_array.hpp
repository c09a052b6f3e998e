// A JSON array that arrives as a stream (Gemini without alt=sse): yields each element as soon as it is whole, cut
// anywhere. A top-level object alone, as providers answer errors with, is yielded as the one element.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// Elements are objects or arrays in practice; scalars work too. Checks brackets and strings only: what an element says
/// is for its reader to check.
class JsonArraySplitter
{
public:
    static constexpr size_t kMaxElement = size_t{16} << 20;
    static constexpr size_t kMaxDepth = 512;

    explicit JsonArraySplitter(size_t maxElement = kMaxElement) : maxElement_(maxElement) {}

    /// More of the stream; it must live until next() has said false.
    void feed(std::string_view bytes) { input_ = bytes; }

    /// The next whole element, without the blanks and commas around it; lives until the next call. False: none yet, or
    /// failed().
    bool next(std::string_view& element)
    {
        if (delivered_) drop();
        for (size_t at = 0; at < input_.size() && state_ != State::failed;)
        {
            if (inElement_)
            {
                const size_t end = scan(at);
                if (state_ == State::failed) break;
                if (end == std::string_view::npos) return keep();
                return deliver(element, end);
            }
            between(at);
        }
        if (!inElement_) input_ = {};
        return false;
    }

    /// Whether the array's closing bracket has come.
    bool ended() const { return state_ == State::ended; }
    /// The bytes are no array: something stands where none may, nested too deeply, or an element is over the limit.
    bool failed() const { return state_ == State::failed; }

private:
    enum class State
    {
        start,
        first,
        element,
        separator,
        ended,
        failed
    };
    static constexpr size_t kKeptCapacity = 4096;

    /// A byte outside the elements: blanks, the array's brackets, commas, or the start of an element.
    void between(size_t& at)
    {
        const char c = input_[at];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
        {
            ++at;
            return;
        }
        if (state_ == State::start && c == '[')
            state_ = State::first;
        else if (state_ == State::start && c == '{')
        {
            alone_ = true;
            return begin(at);
        }
        else if (state_ == State::separator && c == ',')
            state_ = State::element;
        else if ((state_ == State::separator || state_ == State::first) && c == ']')
            state_ = State::ended;
        else if ((state_ == State::first || state_ == State::element) && c != ',' && c != ']' && c != '}' && c != ':')
            return begin(at);
        else
            state_ = State::failed;
        ++at;
    }

    void begin(size_t& at)
    {
        input_.remove_prefix(at);
        at = 0;
        inElement_ = true;
        scalar_ = input_[0] != '{' && input_[0] != '[' && input_[0] != '"';
    }

    /// One past the element's last byte, or npos: it goes on. Remembers where it was.
    size_t scan(size_t at)
    {
        for (; at < input_.size(); ++at)
        {
            const char c = input_[at];
            if (inString_)
            {
                if (escaped_)
                    escaped_ = false;
                else if (c == '\\')
                    escaped_ = true;
                else if (c == '"')
                {
                    inString_ = false;
                    if (depth_ == 0) return at + 1;
                }
            }
            else if (c == '"')
                inString_ = true;
            else if (scalar_ && (c == ',' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t'))
                return at;
            else if (c == '{' || c == '[')
            {
                if (depth_ == kMaxDepth) state_ = State::failed;
                if (depth_ == kMaxDepth) return at;
                ++depth_;
            }
            else if ((c == '}' || c == ']') && depth_ > 0 && --depth_ == 0)
                return at + 1;
        }
        return std::string_view::npos;
    }

    bool keep()
    {
        if (held_.size() + input_.size() > maxElement_)
            state_ = State::failed;
        else
            held_.append(input_.data(), input_.size());
        input_ = {};
        return false;
    }

    bool deliver(std::string_view& element, size_t end)
    {
        if (held_.size() + end > maxElement_)
        {
            state_ = State::failed;
            return false;
        }
        if (held_.empty())
            element = input_.substr(0, end);
        else
        {
            held_.append(input_.data(), end);
            element = held_;
            delivered_ = true;
        }
        input_.remove_prefix(end);
        inElement_ = scalar_ = false;
        state_ = alone_ ? State::ended : State::separator;
        return true;
    }

    void drop()
    {
        delivered_ = false;
        if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
        held_.clear();
    }

    std::string_view input_;
    std::string held_; // an incomplete element
    size_t maxElement_;
    size_t depth_ = 0;
    State state_ = State::start;
    bool inElement_ = false, scalar_ = false, inString_ = false, escaped_ = false, alone_ = false, delivered_ = false;
};

} // namespace switchyard::sdk
