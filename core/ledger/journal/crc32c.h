// CRC-32C (Castagnoli; RFC 3720 B.4), by the processor's instruction where it has one.
#pragma once

#include <cstdint>
#include <string_view>

namespace switchyard::ledger
{

/// The checksum of what `before` is the checksum of, followed by `bytes`; 0 for nothing. Any thread.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0) noexcept;

/// Without the instruction: what crc32c falls back to. For tests.
uint32_t crc32cByTable(std::string_view bytes, uint32_t before = 0) noexcept;

} // namespace switchyard::ledger
