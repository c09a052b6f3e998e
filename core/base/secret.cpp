#include "base/secret.h"

#include "base/text.h"

#include <cstring>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/random.h>

namespace switchyard
{

namespace
{

// OpenSSL's one-shot SHA256() looks the algorithm up anew each time, which costs more than the hash of a key.
class Hasher
{
public:
    Hasher() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}
    ~Hasher()
    {
        EVP_MD_CTX_free(context_);
        EVP_MD_free(algorithm_);
    }
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    bool hash(std::string_view bytes, Sha256& digest) noexcept
    {
        return context_ && EVP_DigestInit_ex2(context_, algorithm_, nullptr) == 1 &&
               EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1 &&
               EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1;
    }

private:
    EVP_MD* algorithm_;
    EVP_MD_CTX* context_;
};

} // namespace

Sha256 sha256(std::string_view bytes) noexcept
{
    thread_local Hasher hasher;
    Sha256 digest;
    if (!hasher.hash(bytes, digest)) // out of memory, or a provider without the algorithm: the plain function decides
        SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return digest;
}

namespace
{

void kernelRandom(unsigned char* out, size_t length) noexcept
{
    while (length > 0)
    {
        const ssize_t got = getrandom(out, length, 0);
        if (got <= 0) continue; // only EINTR is possible for requests this small
        out += got;
        length -= static_cast<size_t>(got);
    }
}

struct RandomPool
{
    std::array<unsigned char, 4096> bytes;
    size_t used = sizeof(bytes);
};

} // namespace

void randomBytes(std::span<unsigned char> out) noexcept
{
    thread_local RandomPool pool;
    if (out.size() > pool.bytes.size() / 2) return kernelRandom(out.data(), out.size());
    if (pool.bytes.size() - pool.used < out.size())
    {
        kernelRandom(pool.bytes.data(), pool.bytes.size());
        pool.used = 0;
    }
    std::memcpy(out.data(), pool.bytes.data() + pool.used, out.size());
    OPENSSL_cleanse(pool.bytes.data() + pool.used, out.size());
    pool.used += out.size();
}

std::string randomAlphanumeric(size_t length)
{
    static const char* alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out;
    out.reserve(length);
    while (out.size() < length)
    {
        std::array<unsigned char, 64> bytes;
        randomBytes(bytes);
        for (unsigned char b : bytes)
            if (b < 248 && out.size() < length) out += alphabet[b % 62]; // 248 = 4 x 62: no character is likelier
    }
    return out;
}

std::string newTokenKey() { return randomAlphanumeric(48); }

std::string newHexKey()
{
    std::array<unsigned char, 16> bytes;
    randomBytes(bytes);
    return hexLower({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool secretEquals(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace switchyard
