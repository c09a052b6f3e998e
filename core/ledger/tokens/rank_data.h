// The compressed rank tables inside the program (data/README.md says where they come from).
#pragma once

#include "ledger/tokens/encoding.h"

#include <cstdint>
#include <vector>

namespace switchyard::ledger
{

/// A table unpacked: all tokens in rank order. A rank without a token (p50k has one) has length 0.
struct RankTable
{
    std::vector<uint8_t> lengths;
    std::vector<unsigned char> bytes; ///< one token after the other
    uint32_t nodes = 0;               ///< of the trie of all tokens, the root not counted
};

/// Ends the process if the data inside the program is damaged: nothing could be counted then.
RankTable unpackRanks(Encoding encoding);

} // namespace switchyard::ledger
