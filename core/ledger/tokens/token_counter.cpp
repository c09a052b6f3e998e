#include "ledger/tokens/token_counter.h"

#include "ledger/tokens/pre_token.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

/// Pending text is looked at when it has this many bytes, or twice what was left over the last time: so each byte is
/// looked at a few times at most, however small the pieces are.
constexpr size_t kPatience = 128;

struct Counted
{
    size_t tokens = 0;
    size_t bytes = 0;
};

/// Counts pre-tokens from the front; with `whole` all of them, else those that no text to come can change.
Counted countFront(const Vocabulary& vocabulary, Encoding encoding, std::string_view text, bool whole)
{
    Counted counted;
    while (counted.bytes < text.size())
    {
        const std::string_view rest = text.substr(counted.bytes);
        const PreToken piece = firstPreToken(encoding, rest);
        if (!whole && !piece.certain) break;
        counted.tokens += vocabulary.count(rest.substr(0, piece.length));
        counted.bytes += piece.length;
    }
    return counted;
}

} // namespace

const Vocabulary& Vocabularies::of(Encoding encoding)
{
    Place& place = places_[static_cast<size_t>(encoding)];
    if (const Vocabulary* made = place.made.load(std::memory_order_acquire)) return *made;
    std::call_once(place.once, [&place, encoding] {
        place.owned = std::make_unique<const Vocabulary>(encoding);
        place.made.store(place.owned.get(), std::memory_order_release);
    });
    return *place.owned;
}

bool Vocabularies::ready(Encoding encoding) const noexcept
{
    return places_[static_cast<size_t>(encoding)].made.load(std::memory_order_acquire) != nullptr;
}

void TokenCounter::feed(std::string_view text)
{
    if (text.empty()) return;
    pending_.append(text);
    if (pending_.size() < std::max(kPatience, patience_)) return;
    const Counted counted = countFront(vocabularies_->of(encoding_), encoding_, pending_, false);
    finished_ += counted.tokens;
    pending_.erase(0, counted.bytes);
    patience_ = pending_.size() * 2;
}

size_t TokenCounter::count() const
{
    if (pending_.empty()) return finished_;
    return finished_ + countFront(vocabularies_->of(encoding_), encoding_, pending_, true).tokens;
}

size_t countTokens(Vocabularies& vocabularies, Encoding encoding, std::string_view text)
{
    if (text.empty()) return 0;
    return countFront(vocabularies.of(encoding), encoding, text, true).tokens;
}

std::vector<uint32_t> encodeText(Vocabularies& vocabularies, Encoding encoding, std::string_view text)
{
    std::vector<uint32_t> ranks;
    while (!text.empty())
    {
        const PreToken piece = firstPreToken(encoding, text);
        vocabularies.of(encoding).encode(text.substr(0, piece.length), ranks);
        text.remove_prefix(piece.length);
    }
    return ranks;
}

size_t approximateTokens(std::string_view text) noexcept
{
    return static_cast<size_t>(static_cast<double>(text.size()) * 0.38);
}

} // namespace switchyard::ledger
