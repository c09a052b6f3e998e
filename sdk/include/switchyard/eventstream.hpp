// The AWS event stream (application/vnd.amazon.eventstream): binary messages with headers and two checksums, as Bedrock
// sends them. All integers are big-endian; the layout is that of the AWS SDKs' specification "event stream encoding":
//
//     total size (4) | headers size (4) | CRC of these 8 (4) | headers | payload | CRC of all before (4)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// CRC-32 as in zlib and IEEE 802.3; `crc` is that of the bytes before.
inline uint32_t crc32(std::string_view bytes, uint32_t crc = 0)
{
    static constexpr auto table = []
    {
        std::array<uint32_t, 256> made{};
        for (uint32_t i = 0; i < 256; ++i)
        {
            uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0u);
            made[i] = value;
        }
        return made;
    }();
    crc = ~crc;
    for (const char c : bytes)
        crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
    return ~crc;
}

/// One message; the views live until the next call on the decoder.
struct EventStreamMessage
{
    std::string_view headers; ///< encoded; see header()
    std::string_view payload;

    /// The value of a header of type string (":event-type", ":message-type", ":exception-type"); empty: there is none.
    std::string_view header(std::string_view wanted) const
    {
        for (std::string_view rest = headers; rest.size() > 2;)
        {
            const size_t nameSize = byte(rest, 0);
            if (rest.size() < nameSize + 2) return {};
            const std::string_view name = rest.substr(1, nameSize);
            const size_t type = byte(rest, nameSize + 1);
            rest.remove_prefix(nameSize + 2);
            size_t size = 0;
            switch (type) // 0 and 1 are the booleans themselves
            {
            case 0:
            case 1:
                break;
            case 2:
                size = 1;
                break;
            case 3:
                size = 2;
                break;
            case 4:
                size = 4;
                break;
            case 5:
            case 8:
                size = 8;
                break;
            case 9:
                size = 16;
                break;
            case 6:
            case 7:
                if (rest.size() < 2) return {};
                size = byte(rest, 0) << 8 | byte(rest, 1);
                rest.remove_prefix(2);
                break;
            default:
                return {};
            }
            if (rest.size() < size) return {};
            if (type == 7 && name == wanted) return rest.substr(0, size);
            rest.remove_prefix(size);
        }
        return {};
    }

private:
    static size_t byte(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }
};

/// The decoder. Use it as SseSplitter; a message whole in the bytes given is not copied.
class EventStreamDecoder
{
public:
    static constexpr size_t kMaxMessage = size_t{16} << 20;

    explicit EventStreamDecoder(size_t maxMessage = kMaxMessage) : maxMessage_(maxMessage) {}

    void feed(std::string_view bytes) { input_ = bytes; }

    /// The next whole message. False: none yet, or problem() says why there will be none.
    bool next(EventStreamMessage& message)
    {
        if (delivered_) drop();
        if (problem_) return false;
        if (!held_.empty() && !fill(kPrelude)) return false;
        const std::string_view prelude = held_.empty() ? input_ : std::string_view(held_);
        if (prelude.size() < kPrelude) return keep();
        const size_t size = number(prelude, 0), headers = number(prelude, 4);
        if (crc32(prelude.substr(0, 8)) != number(prelude, 8))
            return fail("the checksum of a message's prelude is wrong");
        if (size < kPrelude + kTrailer || headers > size - kPrelude - kTrailer)
            return fail("the sizes in a message's prelude cannot be true");
        if (size > maxMessage_) return fail("a message is over the limit");
        std::string_view whole;
        if (held_.empty())
        {
            if (input_.size() < size) return keep();
            whole = input_.substr(0, size);
            input_.remove_prefix(size);
        }
        else
        {
            if (!fill(size)) return false;
            whole = held_;
            delivered_ = true;
        }
        if (crc32(whole.substr(0, size - kTrailer)) != number(whole, size - kTrailer))
            return fail("the checksum of a message is wrong");
        message.headers = whole.substr(kPrelude, headers);
        message.payload = whole.substr(kPrelude + headers, size - kPrelude - kTrailer - headers);
        return true;
    }

    /// Why the stream cannot be read on; nullptr: it can.
    const char* problem() const { return problem_; }
    /// Whether bytes of an incomplete message are held: at the end of the stream it was cut off.
    bool incomplete() const { return !delivered_ && !held_.empty(); }

private:
    static constexpr size_t kPrelude = 12, kTrailer = 4, kKeptCapacity = 4096;

    static uint32_t number(std::string_view bytes, size_t at)
    {
        uint32_t value = 0;
        for (size_t i = 0; i < 4; ++i)
            value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
        return value;
    }

    bool fail(const char* problem)
    {
        problem_ = problem;
        std::string().swap(held_);
        return false;
    }

    /// Moves input over until `size` bytes are held.
    bool fill(size_t size)
    {
        if (held_.size() >= size) return true;
        const size_t missing = size - held_.size(), taken = missing < input_.size() ? missing : input_.size();
        held_.append(input_.data() ? input_.data() : "", taken);
        input_.remove_prefix(taken);
        return held_.size() == size;
    }

    void drop()
    {
        delivered_ = false;
        if (held_.capacity() > kKeptCapacity) std::string().swap(held_);
        held_.clear();
    }

    bool keep()
    {
        held_.assign(input_.data() ? input_.data() : "", input_.size());
        input_ = {};
        return false;
    }

    std::string_view input_;
    std::string held_; // an incomplete message
    size_t maxMessage_;
    const char* problem_ = nullptr;
    bool delivered_ = false;
};

} // namespace switchyard::sdk
