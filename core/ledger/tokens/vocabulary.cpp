#include "ledger/tokens/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>

namespace switchyard::ledger
{

namespace
{

constexpr uint32_t kTokenBits = 18;
constexpr uint32_t kTokenMask = (1u << kTokenBits) - 1;
constexpr uint32_t kInner = kTokenMask; ///< no token, but longer ones begin so
constexpr size_t kInlinePiece = 256;    ///< pieces up to here are encoded without the heap

[[noreturn]] void unfit(const char* what)
{
    std::fprintf(stderr, "switchyard: rank table does not fit its index: %s\n", what);
    std::abort();
}

constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;

/// Hash of a prefix from that of the prefix one byte shorter.
constexpr uint64_t extended(uint64_t hash, unsigned char byte) noexcept { return ((hash >> 32 ^ hash) + byte + 1) * kOdd; }

constexpr uint64_t pairHash(uint32_t left, uint32_t right) noexcept
{
    const uint64_t mixed = (uint64_t{left} << 32 | right) * kOdd;
    return (mixed >> 32 ^ mixed) * kOdd;
}

/// The part of a pair's hash that its slot keeps; the place is made of higher bits.
constexpr uint32_t tagOf(uint64_t hash) noexcept { return static_cast<uint32_t>(hash >> 12) << kTokenBits; }

} // namespace

Vocabulary::Vocabulary(Encoding encoding)
{
    const RankTable table = unpackRanks(encoding);
    tokens_ = static_cast<uint32_t>(table.lengths.size());
    if (tokens_ >= kInner) unfit("too many tokens");
    lengths_ = table.lengths;
    buildPrefixes(table);
    buildMerges(table);
}

void Vocabulary::addPrefix(uint64_t hash, uint32_t token)
{
    const size_t mask = prefixes_.size() - 1;
    size_t place = hash >> prefixShift_;
    while (prefixes_[place] != 0)
        place = (place + 1) & mask;
    prefixes_[place] = hash << kTokenBits | token;
}

/// The token whose bytes have this hash, kInner, or kNone.
inline uint32_t Vocabulary::prefix(uint64_t hash) const noexcept
{
    const size_t mask = prefixes_.size() - 1;
    for (size_t place = hash >> prefixShift_;; place = (place + 1) & mask)
    {
        const uint64_t slot = prefixes_[place];
        if (((slot ^ hash << kTokenBits) & ~uint64_t{kTokenMask}) == 0 && slot != 0)
            return static_cast<uint32_t>(slot) & kTokenMask;
        if (slot == 0) return kNone;
    }
}

void Vocabulary::buildPrefixes(const RankTable& table)
{
    prefixes_.assign(std::bit_ceil(size_t{table.nodes} * 2), 0);
    prefixShift_ = 64 - static_cast<uint32_t>(std::countr_zero(prefixes_.size()));
    two_.assign(1 << 16, kNone);
    shorter_.assign(tokens_, kNone);
    std::vector<const unsigned char*> starts(tokens_);
    std::array<std::vector<uint32_t>, 256> byLength;
    const unsigned char* start = table.bytes.data();
    for (uint32_t token = 0; token < tokens_; start += lengths_[token++])
    {
        starts[token] = start;
        byLength[lengths_[token]].push_back(token);
    }
    for (const uint32_t token : byLength[1])
        one_[*starts[token]] = token;
    // Shorter tokens first: then what a token passes through is known to be a token or not.
    for (size_t length = 2; length < byLength.size(); ++length)
        for (const uint32_t token : byLength[length])
        {
            const unsigned char* bytes = starts[token];
            shorter_[token] = one_[bytes[0]];
            uint64_t hash = extended(extended(0, bytes[0]), bytes[1]);
            uint32_t& two = two_[bytes[0] << 8 | bytes[1]];
            if (two == kNone) two = kInner;
            if (length == 2) two = token;
            else if (two != kInner) shorter_[token] = two;
            for (size_t i = 2; i < length; ++i)
            {
                hash = extended(hash, bytes[i]);
                const uint32_t found = prefix(hash);
                if (found < kInner) shorter_[token] = found;
                if (found == kNone) addPrefix(hash, i + 1 == length ? token : kInner);
                if (i + 1 == length && found != kNone) unfit("two tokens with one hash");
            }
        }
}

inline uint32_t Vocabulary::longestToken(std::string_view text) const noexcept
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    uint32_t best = one_[byte(0)];
    size_t length = 1;
    if (text.size() == 1) return best;
    const uint32_t two = two_[byte(0) << 8 | byte(1)];
    if (two == kNone) return best;
    if (two != kInner)
    {
        best = two;
        length = 2;
    }
    uint64_t hash = extended(extended(0, byte(0)), byte(1));
    for (size_t i = 2; i < text.size(); ++i)
    {
        hash = extended(hash, byte(i));
        const uint32_t found = prefix(hash);
        if (found == kNone) break;
        if (found == kInner) continue;
        best = found;
        length = i + 1;
    }
    // Never yet seen: a text whose hash is that of a token of another length.
    return lengths_[best] == length ? best : longestToken(text.substr(0, length - 1));
}

inline uint32_t Vocabulary::exactToken(std::string_view text) const noexcept
{
    const uint32_t token = longestToken(text);
    return lengths_[token] == text.size() ? token : kNone;
}

void Vocabulary::addMerge(uint32_t left, uint32_t right, uint32_t merged)
{
    const uint64_t hash = pairHash(left, right);
    const size_t mask = merges_.size() - 1;
    size_t place = hash >> mergeShift_;
    while (merges_[place] != 0)
        place = (place + 1) & mask;
    merges_[place] = tagOf(hash) | merged;
    mayMerge_[hash >> mayMergeShift_] |= uint64_t{1} << (hash & 63);
}

inline uint32_t Vocabulary::mergeOf(uint32_t left, uint32_t right) const noexcept
{
    const uint64_t hash = pairHash(left, right);
    if ((mayMerge_[hash >> mayMergeShift_] >> (hash & 63) & 1) == 0) return kNone;
    const uint32_t tag = tagOf(hash);
    const size_t mask = merges_.size() - 1;
    for (size_t place = hash >> mergeShift_;; place = (place + 1) & mask)
    {
        const uint32_t slot = merges_[place];
        if (slot == 0) return kNone;
        if ((slot & ~kTokenMask) != tag) continue;
        const uint32_t merged = slot & kTokenMask;
        if (parts_[merged] == std::pair(left, right)) return merged;
    }
}

/// Finds for each token the two that merging makes it of. In rank order, so that all that is asked has been found before.
void Vocabulary::buildMerges(const RankTable& table)
{
    merges_.assign(std::bit_ceil(size_t{tokens_} * 2), 0);
    mergeShift_ = 64 - static_cast<uint32_t>(std::countr_zero(merges_.size()));
    mayMerge_.assign(merges_.size() * 2 / 64, 0);
    mayMergeShift_ = 64 - static_cast<uint32_t>(std::countr_zero(mayMerge_.size()));
    parts_.resize(tokens_);
    const char* bytes = reinterpret_cast<const char*>(table.bytes.data());
    for (uint32_t token = 0; token < tokens_; bytes += lengths_[token++])
    {
        const std::string_view text(bytes, lengths_[token]);
        parts_[token] = {token, token};
        if (text.size() < 2) continue;
        bool found = false;
        for (uint32_t left = shorter_[token]; left != kNone && !found; left = shorter_[left])
        {
            const uint32_t right = exactToken(text.substr(lengths_[left]));
            found = right != kNone && left < token && right < token && neighbours(left, right);
            if (!found) continue;
            parts_[token] = {left, right};
            addMerge(left, right, token);
        }
        if (!found) unfit("a token that merging never makes");
    }
}

/// Whether `left` and `right` stay two tokens when their bytes are merged: undoes the merges of both at the border, latest
/// first, and asks each time whether the two that met there would have been merged before.
inline bool Vocabulary::neighbours(uint32_t left, uint32_t right) const noexcept
{
    uint32_t limit = kNone;
    for (;;)
    {
        const uint32_t merged = mergeOf(left, right);
        if (merged < limit) return false;
        // Undo the later of the two merges. A single byte has none; the other one's is undone then.
        const bool leftIsByte = lengths_[left] == 1, rightIsByte = lengths_[right] == 1;
        if (leftIsByte && rightIsByte) return true;
        if (!leftIsByte && (rightIsByte || left > right))
        {
            limit = left;
            left = parts_[left].second;
        }
        else
        {
            // Of two merges of one rank the left one comes first: hence at this border a merge of that rank wins, too.
            limit = right + 1;
            right = parts_[right].first;
        }
    }
}

inline size_t Vocabulary::encodeInto(std::string_view piece, uint32_t first, Scratch scratch) const noexcept
{
    const auto isDead = [&](size_t position) { return scratch.dead[position >> 6] >> (position & 63) & 1; };
    size_t depth = 0, position = 0;
    uint32_t token = first;
    while (position < piece.size())
    {
        const size_t end = position + lengths_[token];
        if (!isDead(end) && (depth == 0 || neighbours(scratch.tokens[depth - 1], token)))
        {
            scratch.tokens[depth++] = token;
            position = end;
            if (position < piece.size()) token = longestToken(piece.substr(position));
        }
        else if (shorter_[token] != kNone)
            token = shorter_[token];
        else
        {
            // Nothing fits behind what stands before `position`; an encoding exists, so depth is not 0 here.
            scratch.dead[position >> 6] |= uint64_t{1} << (position & 63);
            token = scratch.tokens[--depth];
            position -= lengths_[token];
        }
    }
    return depth;
}

size_t Vocabulary::encode(std::string_view piece, std::vector<uint32_t>* out) const
{
    if (piece.empty()) return 0;
    const uint32_t first = longestToken(piece);
    if (lengths_[first] == piece.size())
    {
        if (out) out->push_back(first);
        return 1;
    }
    size_t count;
    if (piece.size() <= kInlinePiece)
    {
        uint32_t tokens[kInlinePiece];
        uint64_t dead[kInlinePiece / 64 + 1] = {};
        count = encodeInto(piece, first, {tokens, dead});
        if (out) out->insert(out->end(), tokens, tokens + count);
        return count;
    }
    std::vector<uint32_t> tokens(piece.size());
    std::vector<uint64_t> dead(piece.size() / 64 + 1);
    count = encodeInto(piece, first, {tokens.data(), dead.data()});
    if (out) out->insert(out->end(), tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
}

size_t Vocabulary::memory() const noexcept
{
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    return sizeof *this + bytes(two_) + bytes(prefixes_) + bytes(lengths_) + bytes(shorter_) + bytes(parts_) +
           bytes(merges_) + bytes(mayMerge_);
}

} // namespace switchyard::ledger
