#include "relay/body_scan.h"

#include "relay/json_bytes.h"
#include "switchyard/json_text.hpp"
#include "switchyard/utf8.hpp"

#include <simdjson.h>

namespace switchyard::relay
{

namespace
{

using accounts::Text;

constexpr std::string_view kFieldNames[kFieldCount] = {
    "model", "stream", "stream_options", "messages", "prompt", "input", "n", "max_tokens", "max_completion_tokens"};

constexpr Text kEmpty{"the body is empty", "请求体为空"};
constexpr Text kEndsEarly{"the text ends too early", "内容不完整"};
constexpr Text kNoValue{"a value is missing", "缺少值"};
constexpr Text kNoName{"a member's name in double quotes is missing", "缺少用双引号括起的成员名"};
constexpr Text kNoColon{"a colon is missing", "缺少冒号"};
constexpr Text kNoCommaOrBrace{"a comma or '}' is missing", "缺少逗号或“}”"};
constexpr Text kNoCommaOrBracket{"a comma or ']' is missing", "缺少逗号或“]”"};
constexpr Text kNoDigit{"a digit is missing", "缺少数字"};
constexpr Text kLeadingZero{"a number may not begin with 0", "数字不能以 0 开头"};
constexpr Text kBadEscape{"an escape in a string is not one of JSON's", "字符串中的转义序列无效"};
constexpr Text kControl{"a control character in a string must be escaped", "字符串中的控制字符必须转义"};
constexpr Text kTooDeep{"it is nested more than 512 levels deep", "嵌套超过 512 层"};
constexpr Text kTooMany{"the object has too many members", "对象的成员过多"};
constexpr Text kTwice{"the member comes twice", "成员重复出现"};
constexpr Text kTrailing{"something follows the end", "结尾之后还有内容"};
constexpr Text kNotUtf8{"the bytes are not UTF-8", "不是有效的 UTF-8 编码"};

int32_t fieldOf(std::string_view name)
{
    for (size_t i = 0; i < kFieldCount; ++i)
        if (kFieldNames[i].size() == name.size() && std::memcmp(kFieldNames[i].data(), name.data(), name.size()) == 0)
            return static_cast<int32_t>(i);
    return -1;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isHexDigit(char c)
{
    const char lower = static_cast<char>(c | 0x20);
    return isDigit(c) || (lower >= 'a' && lower <= 'f');
}

/// What a string that the scan has accepted says; `inside` is without its quotes. A lone surrogate reads as U+FFFD.
std::string unescaped(std::string_view inside)
{
    std::string out;
    sdk::appendJsonUnescaped(out, inside);
    return out;
}

} // namespace

/// One pass over the text. Containers are kept as one bit each, so nesting costs no stack.
class BodyScanner
{
public:
    explicit BodyScanner(std::string_view body) : begin_(body.data()), p_(begin_), end_(begin_ + body.size())
    {
        index_.body_ = body;
        index_.members_.reserve(16);
    }

    bool run()
    {
        if (blanks() == '\0' && p_ == end_) return wrong(kEmpty);
        for (;;)
        {
            // A value begins at p_.
            const char first = peek();
            if (first == '{' || first == '[')
            {
                if (!open(first == '{')) return false;
                const char next = blanks();
                if (next != (object_ ? '}' : ']'))
                {
                    if (object_ && !name()) return false;
                    continue;
                }
                ++p_;
                close();
            }
            else if (!scalar(first))
                return false;
            // A value has ended: leave the containers that end with it, and go to the next value.
            for (;;)
            {
                if (depth_ == 0) return atEnd();
                if (depth_ == 1 && object_) endMember();
                const char next = blanks();
                if (next == ',')
                {
                    ++p_;
                    const char begin = blanks();
                    if (object_ && !name()) return false;
                    if (!object_ && begin == ']') return wrong(kNoValue);
                    break;
                }
                if (next != (object_ ? '}' : ']') || p_ == end_)
                    return wrong(p_ == end_ ? kEndsEarly : object_ ? kNoCommaOrBrace : kNoCommaOrBracket);
                ++p_;
                close();
            }
        }
    }

    BodyIndex& index() { return index_; }
    const BodyProblem& problem() const { return problem_; }

private:
    size_t offset(const char* p) const { return static_cast<size_t>(p - begin_); }
    char peek() const { return p_ < end_ ? *p_ : '\0'; }

    bool wrong(Text reason) { return wrongAt(p_, reason, {}); }
    bool wrongAt(const char* p, Text reason, std::string_view member)
    {
        problem_ = {offset(p), reason, member};
        return false;
    }

    /// Skips blanks; the byte that follows them, '\0' at the end.
    char blanks()
    {
        while (p_ < end_ && static_cast<unsigned char>(*p_) <= ' ' && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t'))
            ++p_;
        return peek();
    }

    bool open(bool object)
    {
        if (depth_ == kMaxBodyDepth) return wrong(kTooDeep);
        const uint64_t bit = uint64_t{1} << (depth_ % 64);
        uint64_t& word = objects_[depth_ / 64];
        word = object ? word | bit : word & ~bit;
        if (depth_++ == 0) index_.object_ = object;
        object_ = object;
        ++p_;
        return true;
    }

    void close()
    {
        --depth_;
        object_ = depth_ > 0 && (objects_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
    }

    /// A member's name and its colon; p_ is at the value then.
    bool name()
    {
        const char* start = p_;
        if (peek() != '"') return wrong(p_ == end_ ? kEndsEarly : kNoName);
        if (!string()) return false;
        const std::string_view inside(start + 1, static_cast<size_t>(p_ - start - 2));
        if (depth_ == 1 && !beginMember(start, inside)) return false;
        if (blanks() != ':') return wrong(p_ == end_ ? kEndsEarly : kNoColon);
        ++p_;
        const char value = blanks();
        if (depth_ == 1) index_.members_.back().value_offset = offset(p_);
        if (depth_ == 2 && inStreamOptions_ && inside == "include_usage") index_.includeUsage_ = value == 't';
        return true;
    }

    bool beginMember(const char* start, std::string_view inside)
    {
        if (index_.members_.size() == kMaxBodyMembers) return wrongAt(start, kTooMany, {});
        if (run_.escaped)
        {
            index_.unescaped_.push_front(unescaped(inside));
            inside = index_.unescaped_.front();
        }
        const int32_t field = fieldOf(inside);
        inStreamOptions_ = field == static_cast<int32_t>(Field::streamOptions);
        if (field >= 0)
        {
            int32_t& at = index_.fields_[static_cast<size_t>(field)];
            if (at >= 0) return wrongAt(start, kTwice, kFieldNames[field]);
            at = static_cast<int32_t>(index_.members_.size());
        }
        index_.members_.push_back({{inside.data(), inside.size()}, offset(start), 0, 0});
        return true;
    }

    void endMember()
    {
        swy_member_t& member = index_.members_.back();
        member.value_size = offset(p_) - member.value_offset;
        if (index_.fields_[static_cast<size_t>(Field::model)] != static_cast<int32_t>(index_.members_.size()) - 1) return;
        const std::string_view value = index_.value(member);
        if (value[0] != '"') return;
        index_.model_ = value.substr(1, value.size() - 2);
        if (!run_.escaped) return;
        index_.unescaped_.push_front(unescaped(index_.model_));
        index_.model_ = index_.unescaped_.front();
    }

    bool scalar(char first)
    {
        if (first == '"') return string();
        if (first == '-' || isDigit(first)) return number();
        for (const std::string_view literal : {std::string_view("true"), std::string_view("false"), std::string_view("null")})
            if (static_cast<size_t>(end_ - p_) >= literal.size() && std::memcmp(p_, literal.data(), literal.size()) == 0)
            {
                p_ += literal.size();
                return true;
            }
        return wrong(p_ == end_ ? kEndsEarly : kNoValue);
    }

    /// p_ is at the opening quote, afterwards behind the closing one. Sets run_.escaped.
    bool string()
    {
        run_.escaped = false;
        for (const char* p = p_ + 1;;)
        {
            p = run_.skip(p, end_);
            if (p == end_) return wrongAt(p, kEndsEarly, {});
            if (*p == '"')
            {
                p_ = p + 1;
                return true;
            }
            if (*p != '\\') return wrongAt(p, kControl, {});
            if (p[1] != 'u') return wrongAt(p, kBadEscape, {});
            run_.escaped = true;
            const char* escape = p;
            p += 2;
            for (int i = 0; i < 4; ++i, ++p)
            {
                if (p == end_) return wrongAt(p, kEndsEarly, {});
                if (!isHexDigit(*p)) return wrongAt(escape, kBadEscape, {});
            }
        }
    }

    bool digits()
    {
        if (!isDigit(peek())) return wrong(p_ == end_ ? kEndsEarly : kNoDigit);
        while (p_ < end_ && isDigit(*p_))
            ++p_;
        return true;
    }

    bool number()
    {
        if (*p_ == '-') ++p_;
        if (peek() == '0')
        {
            ++p_;
            if (isDigit(peek())) return wrong(kLeadingZero);
        }
        else if (!digits())
            return false;
        if (peek() == '.')
        {
            ++p_;
            if (!digits()) return false;
        }
        if (peek() != 'e' && peek() != 'E') return true;
        ++p_;
        if (peek() == '+' || peek() == '-') ++p_;
        return digits();
    }

    bool atEnd()
    {
        blanks();
        if (p_ != end_) return wrong(kTrailing);
        if (!run_.sawNonAscii()) return true;
        if (simdjson::validate_utf8(begin_, static_cast<size_t>(end_ - begin_))) return true;
        p_ = begin_ + sdk::firstNotUtf8(index_.body_);
        return wrong(kNotUtf8);
    }

    const char* begin_;
    const char* p_;
    const char* end_;
    StringRun run_;
    size_t depth_ = 0;
    bool object_ = false;  // the innermost container is an object
    bool inStreamOptions_ = false;
    std::array<uint64_t, kMaxBodyDepth / 64> objects_{};
    BodyIndex index_;
    BodyProblem problem_{};
};

std::string_view nameOf(Field field) noexcept { return kFieldNames[static_cast<size_t>(field)]; }

const swy_member_t* BodyIndex::find(std::string_view name) const
{
    for (size_t i = members_.size(); i-- > 0;)
        if (std::string_view(members_[i].name.data, members_[i].name.size) == name) return &members_[i];
    return nullptr;
}

Result<BodyIndex, BodyProblem> scanBody(std::string_view body)
{
    BodyScanner scanner(body);
    if (!scanner.run()) return failure(scanner.problem());
    return std::move(scanner.index());
}

} // namespace switchyard::relay
