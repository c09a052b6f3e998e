// Counts what of an answer the client's socket has accepted, in whole frames, without keeping it (ledger.md 4 and 10).
#pragma once

#include "ledger/tokens/token_counter.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

/// [the request's loop thread]
class AnswerMeter
{
public:
    AnswerMeter(ledger::Vocabularies& vocabularies, ledger::Encoding encoding) noexcept : counter_(vocabularies, encoding) {}

    /// A text of the answer's frame number `frame`, in their order.
    void told(uint64_t frame, std::string_view text);
    /// `frames` frames have been accepted in all.
    void delivered(uint64_t frames);

    /// Tokens accepted; costs what has not been counted yet.
    int64_t tokens();
    /// Never less than tokens(), and costs nothing: every token has a byte at least.
    int64_t tokensAtMost() const noexcept { return static_cast<int64_t>(counter_.countAtMost()); }
    /// The same with what was told and has not been accepted yet.
    int64_t queuedAtMost() const noexcept { return tokensAtMost() + static_cast<int64_t>(waiting_.size()); }
    /// Whether anything was told at all.
    bool any() const noexcept { return any_; }

private:
    struct Mark
    {
        uint64_t frame;
        size_t end; ///< of its texts in waiting_
    };

    ledger::TokenCounter counter_;
    std::string waiting_;     ///< told but not accepted
    std::vector<Mark> marks_; ///< of it
    bool any_ = false;
};

} // namespace switchyard::relay
