// The public encodings of OpenAI's models and which model uses which (tokenizers.md 1).
#pragma once

#include <optional>
#include <string_view>

namespace switchyard::ledger
{

/// An encoding as far as counting sees it. Those that differ from one of these in special tokens alone count as it:
/// o200k_harmony as o200k, p50k_edit as p50k, gpt2 as r50k.
enum class Encoding
{
    cl100k,
    o200k,
    p50k,
    r50k
};

inline constexpr int kEncodings = 4;

/// `cl100k_base` ...
std::string_view nameOf(Encoding encoding) noexcept;
/// By the published names, the aliases above included.
std::optional<Encoding> encodingNamed(std::string_view name) noexcept;

/// The encoding of a model by the published table: exact names first, then prefixes. cl100k for a model that is not in it,
/// as One API counts (billing.md 5); `known` tells whether it is.
struct ModelEncoding
{
    Encoding encoding;
    bool known;
};
ModelEncoding encodingOfModel(std::string_view model) noexcept;

} // namespace switchyard::ledger
