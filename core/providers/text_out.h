// Room for a text that a plug-in writes (swy_text_out_t).
#pragma once

#include <switchyard/provider.h>

#include <algorithm>
#include <array>
#include <string>

namespace switchyard::providers
{

/// Lives for one call.
class TextRoom
{
public:
    TextRoom() : out_{sizeof(swy_text_out_t), 0, bytes_.data(), bytes_.size(), 0} {}
    TextRoom(const TextRoom&) = delete;
    TextRoom& operator=(const TextRoom&) = delete;

    swy_text_out_t* out() { return &out_; }
    /// What was written, on one line; `otherwise` when nothing was.
    std::string text(const char* otherwise) const
    {
        std::string text(bytes_.data(), std::min(out_.size, bytes_.size()));
        std::replace_if(
            text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
        return text.empty() ? otherwise : text;
    }

private:
    std::array<char, 1024> bytes_{};
    swy_text_out_t out_;
};

} // namespace switchyard::providers
