// A strict check of JSON text: syntax (RFC 8259), UTF-8, depth, nothing after the end. One pass, no recursion, no
// allocation; on the way it tells the top-level members. The gateway has done this to the client's body before a
// plug-in sees it; plug-ins use it on what an upstream sent where malformed text must be told apart from a missing
// member.
#pragma once

#include "json_view.hpp"

#include <cstddef>
#include <string_view>

namespace switchyard::sdk
{

/// What was wrong, and at which byte.
struct JsonCheck
{
    const char* problem = nullptr; ///< nullptr: nothing
    size_t offset = 0;

    explicit operator bool() const { return problem == nullptr; }
};

/// A member of the top-level object, by its place in the text.
struct JsonSpan
{
    size_t nameOffset; ///< of the opening quote
    size_t nameSize;   ///< with its quotes
    size_t valueOffset;
    size_t valueSize;
};

namespace detail
{

class JsonScan
{
public:
    static constexpr size_t kMaxDepth = 1024;

    JsonScan(std::string_view text, size_t maxDepth)
        : begin_(text.data()), p_(begin_), end_(begin_ + text.size()),
          maxDepth_(maxDepth < kMaxDepth ? maxDepth : kMaxDepth)
    {
    }

    template <class OnMember>
    JsonCheck run(OnMember&& onMember)
    {
        enum
        {
            name,
            value,
            after
        } expected = value;
        while (!problem_)
        {
            blanks();
            if (expected == name)
            {
                if (depth_ == 1) member_.nameOffset = offset();
                if (!string("a member's name in quotes is missing")) break;
                if (depth_ == 1) member_.nameSize = offset() - member_.nameOffset;
                blanks();
                if (!take(':')) return fail("a colon is missing");
                expected = value;
            }
            else if (expected == value)
            {
                if (depth_ == 1 && object_[0]) member_.valueOffset = offset();
                const char opening = peek();
                if (opening == '{' || opening == '[')
                {
                    if (depth_ == maxDepth_) return fail("nested too deeply");
                    object_[depth_++] = opening == '{';
                    ++p_;
                    blanks();
                    const bool empty = peek() == (opening == '{' ? '}' : ']');
                    expected = empty ? after : opening == '{' ? name : value;
                    if (empty)
                    {
                        ++p_;
                        --depth_;
                    }
                }
                else if (scalar())
                    expected = after;
                if (expected == after && depth_ == 1 && object_[0] && !problem_) report(onMember);
            }
            else if (depth_ == 0)
                return p_ == end_ ? JsonCheck() : fail("something follows the end");
            else if (take(','))
                expected = object_[depth_ - 1] ? name : value;
            else if (take(object_[depth_ - 1] ? '}' : ']'))
            {
                --depth_;
                if (depth_ == 1 && object_[0]) report(onMember);
            }
            else
                return fail(object_[depth_ - 1] ? "a comma or '}' is missing" : "a comma or ']' is missing");
        }
        return fail(problem_);
    }

private:
    size_t offset() const { return static_cast<size_t>(p_ - begin_); }
    char peek() const { return p_ < end_ ? *p_ : '\0'; }
    void blanks() { p_ = skipBlanks(p_, end_); }
    bool take(char c)
    {
        if (p_ >= end_ || *p_ != c) return false;
        ++p_;
        return true;
    }
    JsonCheck fail(const char* problem) const { return {problem, offset()}; }

    bool wrong(const char* problem)
    {
        problem_ = problem;
        return false;
    }

    template <class OnMember>
    void report(OnMember& onMember)
    {
        member_.valueSize = offset() - member_.valueOffset;
        onMember(member_);
    }

    bool scalar()
    {
        const char c = peek();
        if (c == '"') return string("a string is missing");
        if (c == '-' || (c >= '0' && c <= '9')) return number();
        for (const std::string_view literal :
             {std::string_view("true"), std::string_view("false"), std::string_view("null")})
            if (static_cast<size_t>(end_ - p_) >= literal.size() && std::string_view(p_, literal.size()) == literal)
            {
                p_ += literal.size();
                return true;
            }
        return wrong(p_ == end_ ? "the text ends too early" : "a value is missing");
    }

    bool digits()
    {
        const char* first = p_;
        while (p_ < end_ && *p_ >= '0' && *p_ <= '9')
            ++p_;
        return p_ != first || wrong("a digit is missing");
    }

    bool number()
    {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (!take('e') && !take('E')) return true;
        if (!take('+')) take('-');
        return digits();
    }

    bool string(const char* missing)
    {
        if (!take('"')) return wrong(p_ == end_ ? "the text ends too early" : missing);
        while (p_ < end_)
        {
            const unsigned char c = static_cast<unsigned char>(*p_);
            if (c == '"')
            {
                ++p_;
                return true;
            }
            if (c < 0x20) return wrong("a control character stands in a string");
            if (c == '\\')
            {
                if (!escape()) return false;
            }
            else if (c < 0x80)
                ++p_;
            else
            {
                const int size = utf8Sequence({p_, static_cast<size_t>(end_ - p_)});
                if (size <= 0) return wrong("the text is not UTF-8");
                p_ += size;
            }
        }
        return wrong("a string has no end");
    }

    bool escape()
    {
        ++p_;
        if (p_ == end_) return wrong("a string has no end");
        unsigned code = 0;
        if (*p_ == 'u')
        {
            if (!hexQuad({p_ + 1, static_cast<size_t>(end_ - p_ - 1)}, code)) return wrong("an escape is malformed");
            p_ += 5;
            return true;
        }
        if (!std::strchr("\"\\/bfnrt", *p_) || *p_ == '\0') return wrong("an escape is malformed");
        ++p_;
        return true;
    }

    const char* begin_;
    const char* p_;
    const char* end_;
    size_t maxDepth_;
    size_t depth_ = 0;
    const char* problem_ = nullptr;
    JsonSpan member_ = {};
    bool object_[kMaxDepth] = {}; // by depth: an object, or an array
};

} // namespace detail

/// Checks `text`; onMember(const JsonSpan&) is called for each member of a top-level object, in order.
template <class OnMember>
JsonCheck checkJson(std::string_view text, size_t maxDepth, OnMember&& onMember)
{
    return detail::JsonScan(text, maxDepth).run(onMember);
}

inline JsonCheck checkJson(std::string_view text, size_t maxDepth = 128)
{
    return checkJson(text, maxDepth, [](const JsonSpan&) {});
}

} // namespace switchyard::sdk
