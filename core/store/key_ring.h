// The file with the keys that channel keys are sealed with.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

struct SealingKey
{
    using Bytes = std::array<unsigned char, 32>;

    std::string id; ///< 8 hexadecimal digits that follow from the bytes: a damaged file shows
    Bytes bytes{};

    static SealingKey random();
    static SealingKey of(const Bytes& bytes);
};

/// The first key seals; all open. More than one is in it only while a rotation is under way.
class KeyRing
{
public:
    /// Nothing when there is no such file. Throws Poco::Exception that names the file: cannot be read, is not sound.
    static std::optional<KeyRing> read(const std::string& path);
    /// Makes the file, mode 0600, with a random key. When another process has just made it: that one's.
    static KeyRing create(const std::string& path);

    const SealingKey& current() const { return keys_.front(); }
    const SealingKey* find(std::string_view id) const noexcept;

    /// A ring whose current key is `key` and that opens all that this one opens.
    KeyRing withCurrent(const SealingKey& key) const;
    static KeyRing only(const SealingKey& key) { return KeyRing({key}); }
    /// Writes the file anew: complete and on the disk when it returns, or the old one is still there.
    void replace(const std::string& path) const;

private:
    explicit KeyRing(std::vector<SealingKey> keys) : keys_(std::move(keys)) {}
    std::string text() const;

    std::vector<SealingKey> keys_; ///< never empty
};

} // namespace switchyard::store
