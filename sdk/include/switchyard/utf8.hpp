// UTF-8: what a sequence is (Unicode 15, table 3-7), and holding back one that a cut has split.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// How many bytes the sequence at the start of `text` has: 1 to 4. 0: no sequence begins so. -1: it may, but `text`
/// ends too early to tell.
inline int utf8Sequence(std::string_view text)
{
    if (text.empty()) return -1;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < size; ++i)
    {
        if (i == text.size()) return -1;
        unsigned low = 0x80, high = 0xBF; // the second byte's range excludes overlong forms, surrogates and > U+10FFFF
        if (i == 1)
        {
            if (lead == 0xE0) low = 0xA0;
            if (lead == 0xED) high = 0x9F;
            if (lead == 0xF0) low = 0x90;
            if (lead == 0xF4) high = 0x8F;
        }
        if (byte(i) < low || byte(i) > high) return 0;
    }
    return static_cast<int>(size);
}

/// Appends `code` (a Unicode scalar value) to `out`.
inline void appendUtf8(std::string& out, unsigned code)
{
    const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800)
        put(0xC0 | (code >> 6));
    else
    {
        if (code < 0x10000)
            put(0xE0 | (code >> 12));
        else
        {
            put(0xF0 | (code >> 18));
            put(0x80 | ((code >> 12) & 0x3F));
        }
        put(0x80 | ((code >> 6) & 0x3F));
    }
    put(0x80 | (code & 0x3F));
}

/// The offset of the first byte that is not UTF-8, or npos.
inline size_t firstNotUtf8(std::string_view text)
{
    for (size_t i = 0; i < text.size();)
    {
        if (static_cast<unsigned char>(text[i]) < 0x80)
        {
            ++i;
            continue;
        }
        const int size = utf8Sequence(text.substr(i));
        if (size <= 0) return i;
        i += static_cast<size_t>(size);
    }
    return std::string_view::npos;
}

/// Makes whole UTF-8 of text that arrives in pieces cut anywhere, for swy_delta_t. Holds at most three bytes; what can
/// be no UTF-8 becomes U+FFFD, a byte at a time.
class Utf8Hold
{
public:
    /// What can be passed on now of the bytes held and `piece`. Valid until the next call, and while `piece` is.
    std::string_view take(std::string_view piece)
    {
        if (heldSize_ == 0)
        {
            const size_t good = wholePrefix(piece);
            if (good == piece.size()) return piece;
            if (utf8Sequence(piece.substr(good)) < 0)
            {
                hold(piece.substr(good));
                return piece.substr(0, good);
            }
        }
        mended_.assign(held_, heldSize_);
        mended_ += piece;
        heldSize_ = 0;
        std::string out;
        for (size_t i = 0; i < mended_.size();)
        {
            const std::string_view rest = std::string_view(mended_).substr(i);
            const int size = utf8Sequence(rest);
            if (size < 0)
            {
                hold(rest);
                break;
            }
            if (size == 0)
                out += "\xEF\xBF\xBD";
            else
                out.append(rest.data(), static_cast<size_t>(size));
            i += size == 0 ? 1 : static_cast<size_t>(size);
        }
        mended_.swap(out);
        return mended_;
    }

    /// At the end: what is held can be no character any more.
    std::string_view finish()
    {
        mended_.clear();
        for (; heldSize_ > 0; --heldSize_)
            mended_ += "\xEF\xBF\xBD";
        return mended_;
    }

private:
    static size_t wholePrefix(std::string_view text)
    {
        const size_t bad = firstNotUtf8(text);
        return bad == std::string_view::npos ? text.size() : bad;
    }

    void hold(std::string_view rest)
    {
        std::memcpy(held_, rest.data(), rest.size());
        heldSize_ = rest.size();
    }

    std::string mended_;
    char held_[4] = {};
    size_t heldSize_ = 0;
};

} // namespace switchyard::sdk
