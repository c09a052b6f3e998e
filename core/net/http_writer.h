// Heads and framing that go out. Plain functions, any thread.
#pragma once

#include "net/head.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::net
{

/// The standard's phrase for a status, or "Status".
std::string_view reasonPhrase(int status) noexcept;

/// Appends status line, Date, the fields (without those that are ours: Connection, Content-Length, Transfer-Encoding,
/// Date; and without what must not be sent) and the framing. `length` counts for Framing::length; a negative one leaves
/// Content-Length away.
void appendResponseHead(std::string& out, int status, std::span<const Header> fields, Framing framing, int64_t length,
                        bool keepAlive);

/// The same with fields that are lines already, each with its CR LF, in parts. They are the caller's word: none of ours,
/// nothing that must not be sent.
void appendResponseHead(std::string& out, int status, std::span<const std::string_view> lines, Framing framing,
                        int64_t length, bool keepAlive);

/// Writes the size line of a chunk to `out`; what is used of it.
std::string_view chunkHead(std::array<char, 20>& out, size_t size) noexcept;

} // namespace switchyard::net
