#include "store/key_envelope.h"

#include "base/secret.h"

#include <Poco/Exception.h>
#include <array>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace switchyard::store
{

namespace
{

constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;
constexpr size_t kOverhead = kNonce + kTag; // of one box: nonce, tag, ciphertext
constexpr size_t kWrapped = kOverhead + std::tuple_size_v<SealingKey::Bytes>;
constexpr size_t kIdLength = 8;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytesOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void require(bool worked)
{
    if (!worked) throw Poco::RuntimeException("AES-256-GCM is not available: check the OpenSSL installation");
}

// nonce + tag + ciphertext. `name` is authenticated, too: a box cannot be moved under another key's name.
std::string boxed(const SealingKey::Bytes& key, std::string_view name, std::string_view plain)
{
    std::array<unsigned char, kNonce> nonce;
    randomBytes(nonce);
    std::string box(kOverhead + plain.size(), '\0');
    std::copy(nonce.begin(), nonce.end(), box.begin());
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int length = 0;
    require(context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
    require(EVP_EncryptUpdate(context.get(), nullptr, &length, bytesOf(name), static_cast<int>(name.size())) == 1);
    require(EVP_EncryptUpdate(context.get(), bytesOf(box) + kOverhead, &length, bytesOf(plain),
                              static_cast<int>(plain.size())) == 1);
    require(EVP_EncryptFinal_ex(context.get(), bytesOf(box) + kOverhead + length, &length) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, bytesOf(box) + kNonce) == 1);
    return box;
}

std::optional<std::string> unboxed(const SealingKey::Bytes& key, std::string_view name, std::string_view box)
{
    if (box.size() < kOverhead) return std::nullopt;
    std::string tag(box.substr(kNonce, kTag)), plain(box.size() - kOverhead, '\0');
    const std::string_view cipher = box.substr(kOverhead);
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int length = 0;
    require(context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytesOf(box)) == 1);
    require(EVP_DecryptUpdate(context.get(), nullptr, &length, bytesOf(name), static_cast<int>(name.size())) == 1);
    require(EVP_DecryptUpdate(context.get(), bytesOf(plain), &length, bytesOf(cipher),
                              static_cast<int>(cipher.size())) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1);
    unsigned char rest[kTag];
    if (EVP_DecryptFinal_ex(context.get(), rest, &length) != 1) return std::nullopt;
    return plain;
}

std::string base64Of(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0'); // and the NUL that OpenSSL adds
    text.resize(static_cast<size_t>(EVP_EncodeBlock(bytesOf(text), bytesOf(bytes), static_cast<int>(bytes.size()))));
    return text;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(bytesOf(bytes), bytesOf(text), static_cast<int>(text.size())) < 0) return std::nullopt;
    for (size_t at = text.size(); at > text.size() - 2 && text[at - 1] == '='; --at)
        bytes.pop_back(); // the decoder counts the padding
    // One text for one content: what the decoder overlooks is a change, too.
    if (base64Of(bytes) != text) return std::nullopt;
    return bytes;
}

std::string nameOf(const SealingKey& key) { return std::string(kSealedPrefix) + key.id + ":"; }

SealingKey::Bytes keyOf(std::string_view bytes)
{
    SealingKey::Bytes key{};
    std::copy_n(bytes.begin(), key.size(), key.begin());
    return key;
}

/// The two boxes of a sealed value: its own key, and the content.
struct Parts
{
    SealingKey::Bytes contentKey{};
    std::string content;
};

std::optional<Parts> partsOf(const SealingKey& key, std::string_view sealed)
{
    const std::string name = nameOf(key);
    if (!sealed.starts_with(name)) return std::nullopt;
    const auto bytes = fromBase64(sealed.substr(name.size()));
    if (!bytes || bytes->size() < kWrapped + kOverhead) return std::nullopt;
    const auto contentKey = unboxed(key.bytes, name, std::string_view(*bytes).substr(0, kWrapped));
    if (!contentKey) return std::nullopt;
    return Parts{keyOf(*contentKey), bytes->substr(kWrapped)};
}

std::string joined(const SealingKey& key, const SealingKey::Bytes& contentKey, std::string_view content)
{
    const std::string name = nameOf(key);
    const std::string_view wrapped(reinterpret_cast<const char*>(contentKey.data()), contentKey.size());
    return name + base64Of(boxed(key.bytes, name, wrapped) + std::string(content));
}

} // namespace

std::string sealText(const SealingKey& key, std::string_view plain)
{
    SealingKey::Bytes contentKey;
    randomBytes(contentKey);
    return joined(key, contentKey, boxed(contentKey, kSealedPrefix, plain));
}

std::string_view sealedBy(std::string_view sealed) noexcept
{
    if (!isSealed(sealed)) return {};
    sealed.remove_prefix(kSealedPrefix.size());
    return sealed.find(':') == kIdLength ? sealed.substr(0, kIdLength) : std::string_view();
}

std::optional<std::string> openText(const SealingKey& key, std::string_view sealed)
{
    const auto parts = partsOf(key, sealed);
    if (!parts) return std::nullopt;
    return unboxed(parts->contentKey, kSealedPrefix, parts->content);
}

std::optional<std::string> resealText(const SealingKey& from, const SealingKey& to, std::string_view sealed)
{
    const auto parts = partsOf(from, sealed);
    if (!parts || !unboxed(parts->contentKey, kSealedPrefix, parts->content)) return std::nullopt;
    return joined(to, parts->contentKey, parts->content);
}

} // namespace switchyard::store
