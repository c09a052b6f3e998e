// Changes to the client's body, each by bytes: everything that is not named here reaches the provider as the client wrote
// it. The model is not patched here: the provider's plug-in does that from swy_start_t.
#pragma once

#include "relay/body_scan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// How many readable bytes follow a body (swy_start_t.body).
inline constexpr size_t kBodyPadding = 64;

/// A changed body and the places in it. The index refers to the bytes; moving this object keeps it right.
class PatchedBody
{
public:
    /// Takes `bytes`, which must be valid JSON, and scans it again.
    static std::optional<PatchedBody> of(std::string bytes);

    std::string_view bytes() const { return index_.body(); } ///< followed by kBodyPadding zero bytes
    const BodyIndex& index() const { return index_; }

private:
    std::vector<char> padded_; // a vector, not a string: moving it moves no byte
    BodyIndex index_;
};

/// The channel's forced system prompt (relay.md 5.3): the content of the first message is replaced when its role is
/// `system`, else a system message is put first. Nothing when there are no messages.
std::optional<PatchedBody> withSystemPrompt(const BodyIndex& body, std::string_view prompt);

/// The body with its output limit lowered to `tokens`: `max_completion_tokens` and `max_tokens` where they are there, else the
/// one that `model` takes, put first; a limit that is lower already stays. For a balance that pays no more (ledger.md 2).
std::optional<PatchedBody> withOutputLimit(const BodyIndex& body, std::string_view model, int64_t tokens);

/// The body with `"model": model` as its first member; for requests that named it in the path or not at all. Nothing when
/// the body has a model.
std::optional<PatchedBody> withModel(const BodyIndex& body, std::string_view model);

} // namespace switchyard::relay
