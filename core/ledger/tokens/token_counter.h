// Counting tokens: of a text at once, and of one that arrives in pieces and is not kept (ledger.md 10).
#pragma once

#include "ledger/tokens/vocabulary.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::ledger
{

/// The vocabularies of this process. One is unpacked when it is asked for the first time (that call takes 10 to 100 ms and
/// others of the same encoding wait for it); until then it takes no memory. Any thread.
class Vocabularies
{
public:
    const Vocabulary& of(Encoding encoding);
    /// Whether `of` answers at once.
    bool ready(Encoding encoding) const noexcept;

private:
    struct Place
    {
        std::once_flag once;
        std::unique_ptr<const Vocabulary> owned;
        std::atomic<const Vocabulary*> made{nullptr};
    };
    std::array<Place, kEncodings> places_;
};

/// Counts a text that is fed in pieces. The sum equals the count of the whole text however it was cut, within characters,
/// too. Holds the unfinished pre-token and a few words before it, never the text. Not for use by two threads at once.
/// Special tokens (`<|endoftext|>`) are ordinary text.
class TokenCounter
{
public:
    /// `vocabularies` outlives the counter. Nothing is unpacked before there is something to count.
    TokenCounter(Vocabularies& vocabularies, Encoding encoding) noexcept
        : vocabularies_(&vocabularies), encoding_(encoding)
    {
    }

    void feed(std::string_view text);
    /// Tokens of all that was fed, if it ended here. Costs the unfinished words only; feeding may go on.
    size_t count() const;
    /// Never less than count(), and costs nothing: a token has a byte at least.
    size_t countAtMost() const noexcept { return finished_ + pending_.size(); }
    Encoding encoding() const noexcept { return encoding_; }
    /// Bytes of text held: some hundred, at most twice kMaxPreToken and the last piece.
    size_t held() const noexcept { return pending_.size(); }

private:
    Vocabularies* vocabularies_;
    Encoding encoding_;
    size_t finished_ = 0;    ///< tokens before pending_
    std::string pending_;
    size_t patience_ = 0;    ///< how long pending_ may grow before it is looked at again
};

/// Tokens of a whole text.
size_t countTokens(Vocabularies& vocabularies, Encoding encoding, std::string_view text);
/// Their ranks.
std::vector<uint32_t> encodeText(Vocabularies& vocabularies, Encoding encoding, std::string_view text);

/// The estimate of option ApproximateTokenEnabled: 0.38 tokens per byte, rounded down (billing.md 5).
size_t approximateTokens(std::string_view text) noexcept;

} // namespace switchyard::ledger
