#include "providers/host_services.h"

#include "providers/abi_view.h"
#include "providers/image_size.h"

#include <switchyard/provider.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <cstring>
#include <memory>
#include <string_view>

namespace switchyard::providers
{

namespace
{

bool digest(const EVP_MD* kind, swy_given_t bytes, uint8_t* out)
{
    unsigned size = 0;
    return EVP_Digest(bytes.data ? bytes.data : "", bytes.size, out, &size, kind, nullptr) == 1;
}

bool sha256Of(swy_given_t bytes, uint8_t* out) { return digest(EVP_sha256(), bytes, out); }

bool md5Of(swy_given_t bytes, uint8_t* out) { return digest(EVP_md5(), bytes, out); }

bool hmac(const EVP_MD* kind, swy_given_t key, swy_given_t bytes, uint8_t* out)
{
    if (key.size > INT32_MAX) return false;
    unsigned size = 0;
    return HMAC(kind, key.data ? key.data : "", static_cast<int>(key.size),
                reinterpret_cast<const unsigned char*>(bytes.data ? bytes.data : ""), bytes.size, out,
                &size) != nullptr;
}

bool hmacSha1Of(swy_given_t key, swy_given_t bytes, uint8_t* out) { return hmac(EVP_sha1(), key, bytes, out); }

bool hmacSha256Of(swy_given_t key, swy_given_t bytes, uint8_t* out) { return hmac(EVP_sha256(), key, bytes, out); }

template <auto Free>
struct Freer
{
    template <class T>
    void operator()(T* object) const
    {
        Free(object);
    }
};

bool rs256Of(swy_given_t pem, swy_given_t bytes, uint8_t* out, size_t* outSize)
{
    if (pem.size > INT32_MAX || !outSize) return false;
    // A passphrase prompt would read from the terminal: an encrypted key is refused instead.
    const auto noPassphrase = [](char*, int, int, void*) { return 0; };
    std::unique_ptr<BIO, Freer<BIO_free>> source(BIO_new_mem_buf(pem.data ? pem.data : "", static_cast<int>(pem.size)));
    if (!source) return false;
    std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>> key(
        PEM_read_bio_PrivateKey(source.get(), nullptr, noPassphrase, nullptr));
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return false;
    std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data ? bytes.data : "");
    return context && static_cast<size_t>(EVP_PKEY_size(key.get())) <= *outSize &&
           EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestSign(context.get(), out, outSize, data, bytes.size) == 1;
}

size_t base64urlOf(swy_given_t bytes, char* out)
{
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char* to = out;
    uint32_t held = 0;
    int bits = 0;
    for (const char c : viewOf(bytes))
    {
        held = held << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6)
            *to++ = kDigits[held >> (bits - 6) & 63];
    }
    if (bits) *to++ = kDigits[held << (6 - bits) & 63];
    return static_cast<size_t>(to - out);
}

bool imageSizeOf(swy_given_t bytes, uint32_t* width, uint32_t* height)
{
    const auto size = imageSize(viewOf(bytes));
    if (!size) return false;
    *width = size->width;
    *height = size->height;
    return true;
}

constexpr swy_crypto_t kCrypto{sizeof(swy_crypto_t), 0,       sha256Of,   md5Of, hmacSha1Of,
                               hmacSha256Of,         rs256Of, base64urlOf};
constexpr swy_image_t kImage{sizeof(swy_image_t), 0, imageSizeOf};
constexpr uint32_t kAbility = 0; // stands for an ability that has no table

} // namespace

// Not here, so NULL, and refused by name when required: tokens, credential, media, websocket, realtime. Their actions
// exist all the same and answer that this host lacks them.
const void* hostExtension(const char* id) noexcept
{
    if (std::strcmp(id, SWY_EXT_CRYPTO) == 0) return &kCrypto;
    if (std::strcmp(id, SWY_EXT_IMAGE) == 0) return &kImage;
    if (std::strcmp(id, SWY_EXT_TIMER) == 0) return &kAbility;
    return nullptr;
}

} // namespace switchyard::providers
