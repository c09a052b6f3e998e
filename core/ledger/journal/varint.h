// Numbers of varying length, seven bits a byte, lowest first; signed ones zigzag, so that small negatives stay short.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::ledger
{

inline void putUnsigned(std::string& out, uint64_t number)
{
    char bytes[10];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[size++] = static_cast<char>(number | 0x80);
    bytes[size++] = static_cast<char>(number);
    out.append(bytes, size);
}

inline void putSigned(std::string& out, int64_t number)
{
    putUnsigned(out, (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63));
}

/// Little-endian, whatever the machine.
template <class T>
void putFixed(std::string& out, T number)
{
    char bytes[sizeof(T)];
    for (size_t i = 0; i < sizeof(T); ++i)
        bytes[i] = static_cast<char>(number >> (8 * i));
    out.append(bytes, sizeof(T));
}

template <class T>
T fixedAt(const char* bytes) noexcept
{
    T number = 0;
    for (size_t i = 0; i < sizeof(T); ++i)
        number |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return number;
}

/// Takes fields from the front of a payload. After the first that does not fit everything is zero and failed() is true.
class FieldReader
{
public:
    explicit FieldReader(std::string_view bytes) noexcept : rest_(bytes) {}

    bool failed() const noexcept { return failed_; }
    /// Nothing failed and nothing is left.
    bool complete() const noexcept { return !failed_ && rest_.empty(); }

    uint8_t byte() noexcept
    {
        if (rest_.empty()) return fail();
        const auto value = static_cast<uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    bool flag() noexcept
    {
        const uint8_t value = byte();
        if (value > 1) fail();
        return value == 1;
    }
    uint64_t unsignedNumber() noexcept
    {
        uint64_t number = 0;
        for (unsigned shift = 0; shift < 70; shift += 7)
        {
            const uint8_t part = byte();
            if (failed_) return 0;
            if (shift == 63 && part > 1) return fail();
            number |= static_cast<uint64_t>(part & 0x7F) << shift;
            if ((part & 0x80) != 0) continue;
            return part == 0 && shift != 0 ? fail() : number; // a longer form than needed is not ours
        }
        return fail();
    }
    int64_t signedNumber() noexcept
    {
        const uint64_t folded = unsignedNumber();
        return static_cast<int64_t>((folded >> 1) ^ (0 - (folded & 1)));
    }
    double real() noexcept
    {
        if (rest_.size() < sizeof(double)) return static_cast<double>(fail());
        const auto bits = fixedAt<uint64_t>(rest_.data());
        rest_.remove_prefix(sizeof(double));
        return std::bit_cast<double>(bits);
    }
    std::string_view text() noexcept
    {
        const uint64_t size = unsignedNumber();
        if (size > rest_.size()) fail();
        if (failed_) return {};
        const std::string_view value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }

private:
    uint8_t fail() noexcept
    {
        failed_ = true;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool failed_ = false;
};

} // namespace switchyard::ledger
