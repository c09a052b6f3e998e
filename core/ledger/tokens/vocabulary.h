// Byte-pair encoding of one pre-token.
#pragma once

#include "ledger/tokens/rank_data.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::ledger
{

/// The tokens of an encoding in the form that encoding asks of it. Immutable once made (10 to 100 ms); any thread.
///
/// Encoding is not done by merging pairs step by step. A text has exactly one encoding, and it is the one in which each two
/// neighbours are what merging makes of their own bytes; so tokens are taken greedily, longest first, a neighbour that does
/// not fit is shortened, and a position behind which nothing fits is never tried again. That is linear in the text. (The
/// method is that of the `bpe` crate, github.com/github/rust-gems, told in GitHub's engineering blog.)
class Vocabulary
{
public:
    explicit Vocabulary(Encoding encoding);

    /// Number of tokens of a pre-token of at most kMaxPreToken bytes.
    size_t count(std::string_view piece) const { return encode(piece, nullptr); }
    /// The same, and appends the tokens' ranks.
    size_t encode(std::string_view piece, std::vector<uint32_t>& out) const { return encode(piece, &out); }
    /// Bytes that this object holds in memory.
    size_t memory() const noexcept;

private:
    static constexpr uint32_t kNone = UINT32_MAX;

    struct Scratch
    {
        uint32_t* tokens; ///< room for one per byte
        uint64_t* dead;   ///< a bit per position, all 0
    };

    void buildPrefixes(const RankTable& table);
    void buildMerges(const RankTable& table);
    void addPrefix(uint64_t hash, uint32_t token);
    void addMerge(uint32_t left, uint32_t right, uint32_t merged);

    size_t encode(std::string_view piece, std::vector<uint32_t>* out) const;
    size_t encodeInto(std::string_view piece, uint32_t first, Scratch scratch) const noexcept;
    uint32_t prefix(uint64_t hash) const noexcept;
    uint32_t longestToken(std::string_view text) const noexcept;
    uint32_t exactToken(std::string_view text) const noexcept;
    uint32_t mergeOf(uint32_t left, uint32_t right) const noexcept;
    bool neighbours(uint32_t left, uint32_t right) const noexcept;

    uint32_t tokens_ = 0;
    std::array<uint32_t, 256> one_{}; ///< token of each single byte
    std::vector<uint32_t> two_;       ///< token of each two bytes, kInner if longer ones begin so, or kNone
    /// All that tokens of three bytes and more begin with, by the 64-bit hash of the bytes: an open hash table, whose slot is
    /// token or kInner in the lower 18 bits and the lower 46 of the hash; the upper ones are the place. 0: free. Hashes of
    /// prefixes and not edges of a trie, because then looking up each next byte need not wait for the one before.
    std::vector<uint64_t> prefixes_;
    uint32_t prefixShift_ = 0;
    std::vector<uint8_t> lengths_;
    std::vector<uint32_t> shorter_; ///< the longest token that this one begins with, or kNone
    std::vector<std::pair<uint32_t, uint32_t>> parts_; ///< what a token is merged of; of itself if it is a single byte
    std::vector<uint32_t> merges_; ///< open hash table: token in the lower 18 bits, 14 bits of its parts' hash above
    uint32_t mergeShift_ = 0;
    /// A bit per hash of a pair that merges, 4 to 8 places per pair. Most pairs asked for do not merge, and this answers from
    /// the cache.
    std::vector<uint64_t> mayMerge_;
    uint32_t mayMergeShift_ = 0;
};

} // namespace switchyard::ledger
