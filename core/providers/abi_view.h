// Between the ABI's atoms and std::string_view.
#pragma once

#include <switchyard/provider.h>

#include <string_view>

namespace switchyard::providers
{

/// Never with a null data(), also for NULL with a size, which a careless plug-in may give.
inline std::string_view viewOf(swy_given_t bytes) noexcept
{
    return bytes.data ? std::string_view(bytes.data, bytes.size) : std::string_view("", 0);
}

inline swy_borrowed_t borrow(std::string_view bytes) noexcept { return {bytes.data(), bytes.size()}; }

} // namespace switchyard::providers
