// Heads of HTTP/1 messages as parsed: views into bytes that their owner keeps.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace switchyard::net
{

/// A header field. In parsed heads the name is in lower case and the value without blanks at its ends.
struct Header
{
    std::string_view name;
    std::string_view value;
};

/// The fields of a head, in the order in which they came, repeats kept.
class Headers
{
public:
    std::span<const Header> all() const noexcept { return fields_; }
    size_t size() const noexcept { return fields_.size(); }
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

    /// Value of the first field of that name (given in lower case), or an empty view whose data() is null.
    std::string_view find(std::string_view lowerCaseName) const noexcept;
    bool has(std::string_view lowerCaseName) const noexcept { return find(lowerCaseName).data() != nullptr; }

    void add(Header field)
    {
        if (fields_.capacity() == 0) fields_.reserve(kUsual);
        fields_.push_back(field);
    }
    void remove(std::string_view lowerCaseName) noexcept;
    void clear() noexcept { fields_.clear(); }
    /// Gives the memory back.
    void release() noexcept { std::vector<Header>().swap(fields_); }

private:
    static constexpr size_t kUsual = 8;
    std::vector<Header> fields_;
};

/// How the body of a message is bounded.
enum class Framing : uint8_t
{
    none,   ///< there is no body
    length, ///< contentLength bytes
    chunked,
    untilClose ///< answers only
};

/// The encodings that are undone here.
enum class Encoding : uint8_t
{
    identity,
    gzip,    ///< also `x-gzip`
    deflate, ///< zlib's form or raw, both are seen
    unknown  ///< a request is answered 415; an answer is passed on as it is, with its header
};

struct MessageHead
{
    Headers headers;
    int64_t contentLength = 0; ///< meaningful for Framing::length
    uint8_t minorVersion = 1;  ///< HTTP/1.minor
    Framing framing = Framing::none;
    Encoding encoding = Encoding::identity;
    bool keepAlive = true; ///< the peer allows another message on this connection
};

struct RequestHead : MessageHead
{
    std::string_view method;
    std::string_view target; ///< as sent: path and query
    std::string_view path;   ///< of target, not decoded
    std::string_view query;  ///< behind the `?`
    std::string_view host;   ///< the Host field's value
    bool expectContinue = false;
    bool hasBody() const noexcept
    {
        return framing != Framing::none && !(framing == Framing::length && contentLength == 0);
    }
};

struct ResponseHead : MessageHead
{
    int status = 0;
};

} // namespace switchyard::net
