// Chance for plug-ins: a generator seeded by the start event's 32 random bytes, so that the same events make the same
// actions. xoshiro256** (Blackman, Vigna 2018); not for keys.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

class SeededGenerator
{
public:
    /// `seed`: 32 bytes, as in swy_start_t.random.
    explicit SeededGenerator(const uint8_t* seed)
    {
        std::memcpy(state_, seed, sizeof state_);
        if ((state_[0] | state_[1] | state_[2] | state_[3]) == 0) state_[0] = 1; // the one state that it never leaves
    }

    uint64_t next()
    {
        const uint64_t result = rotated(state_[1] * 5, 7) * 9, shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotated(state_[3], 45);
        return result;
    }

    /// 0 to `bound` - 1, each equally likely; `bound` is not 0.
    uint64_t below(uint64_t bound)
    {
        const uint64_t uneven = (0 - bound) % bound; // the draws that would make some results likelier
        for (;;)
            if (const uint64_t drawn = next(); drawn >= uneven) return drawn % bound;
    }

    /// Letters and digits, for ids ("call_...").
    std::string alphanumeric(size_t length)
    {
        static constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        std::string text(length, '0');
        for (char& c : text)
            c = alphabet[below(alphabet.size())];
        return text;
    }

private:
    static uint64_t rotated(uint64_t value, int by) { return value << by | value >> (64 - by); }

    uint64_t state_[4];
};

} // namespace switchyard::sdk
