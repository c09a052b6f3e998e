// Random bytes, hashes and generated keys. All functions may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace switchyard
{

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes) noexcept;

/// From the kernel's generator, through a per-thread buffer: fit for keys, cheap enough for each request.
void randomBytes(std::span<unsigned char> out) noexcept;

/// `length` characters of 0-9A-Za-z, each equally likely.
std::string randomAlphanumeric(size_t length);

/// A token key as One API writes them: 48 characters of 0-9A-Za-z (database.md 5).
std::string newTokenKey();

/// 32 lower-case hexadecimal digits (access tokens, redemption codes; database.md 5).
std::string newHexKey();

/// Whether two secrets are equal, in time that depends on their lengths alone.
bool secretEquals(std::string_view a, std::string_view b) noexcept;

} // namespace switchyard
