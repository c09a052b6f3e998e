// The sealed form of a channel's key: AES-256-GCM under a key of its own, which is sealed by one of the key file.
#pragma once

#include "store/key_ring.h"

#include <optional>
#include <string>
#include <string_view>

namespace switchyard::store
{

/// How every sealed value begins. No plain key does: one that did would be refused when it is stored.
inline constexpr std::string_view kSealedPrefix = "sealed:v1:";

inline bool isSealed(std::string_view text) noexcept { return text.starts_with(kSealedPrefix); }

/// `sealed:v1:` + id of the sealing key + `:` + base64 of both ciphertexts with their nonces and tags.
std::string sealText(const SealingKey& key, std::string_view plain);

/// The id of the key that sealed it; '' for what has not the form.
std::string_view sealedBy(std::string_view sealed) noexcept;

/// Nothing when it has been changed by a single bit, or was sealed by another key.
std::optional<std::string> openText(const SealingKey& key, std::string_view sealed);

/// The same content under another key. Nothing as for openText.
std::optional<std::string> resealText(const SealingKey& from, const SealingKey& to, std::string_view sealed);

} // namespace switchyard::store
