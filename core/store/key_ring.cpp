#include "store/key_ring.h"

#include "base/secret.h"
#include "base/text.h"

#include <Poco/Exception.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace switchyard::store
{

namespace
{

constexpr std::string_view kExplanation =
    "# Switchyard: what the keys of channels are sealed with. Whoever has this file and the database has them all;\n"
    "# without this file nobody can read them. Keep a copy, apart from the copies of the database.\n";
constexpr size_t kLargestFile = 64 * 1024;

class File
{
public:
    File(const std::string& path, int flags, mode_t mode = 0)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode))
    {
    }
    ~File()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

[[noreturn]] void fail(const std::string& what, const std::string& path)
{
    throw Poco::IOException("cannot " + what + " the key file " + path + ": " + std::strerror(errno));
}

std::string hexOf(const unsigned char* bytes, size_t size)
{
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (size_t i = 0; i < size; ++i)
        (hex += kDigits[bytes[i] >> 4]) += kDigits[bytes[i] & 15];
    return hex;
}

std::optional<SealingKey::Bytes> bytesOf(std::string_view hex)
{
    SealingKey::Bytes bytes{};
    if (hex.size() != 2 * bytes.size()) return std::nullopt;
    for (size_t i = 0; i < hex.size(); ++i)
    {
        const char c = hex[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return std::nullopt;
        bytes[i / 2] = static_cast<unsigned char>(bytes[i / 2] << 4 | digit);
    }
    return bytes;
}

std::string directoryOf(const std::string& path)
{
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// A key that seals something must not be lost to a power cut that the database survives.
void syncDirectory(const std::string& path)
{
    const File directory(directoryOf(path), O_RDONLY | O_DIRECTORY);
    if (!directory || ::fsync(directory.descriptor()) != 0) fail("make safe the directory of", path);
}

std::string writeBeside(const std::string& path, const std::string& text)
{
    const std::string beside = path + "." + randomAlphanumeric(8);
    const File file(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file) fail("make", path);
    if (::write(file.descriptor(), text.data(), text.size()) != std::ssize(text) || ::fsync(file.descriptor()) != 0)
    {
        const int why = errno;
        ::unlink(beside.c_str());
        errno = why;
        fail("write", path);
    }
    return beside;
}

std::string contentOf(const File& file, const std::string& path)
{
    std::string text(kLargestFile, '\0');
    size_t size = 0;
    while (size < text.size())
    {
        const ssize_t got = ::read(file.descriptor(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read", path);
        if (got == 0) break;
        size += static_cast<size_t>(got);
    }
    text.resize(size);
    return text;
}

} // namespace

SealingKey SealingKey::of(const Bytes& bytes)
{
    std::string named = "switchyard sealing key ";
    named.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {hexOf(sha256(named).data(), 4), bytes};
}

SealingKey SealingKey::random()
{
    Bytes bytes;
    randomBytes(bytes);
    return of(bytes);
}

std::optional<KeyRing> KeyRing::read(const std::string& path)
{
    const File file(path, O_RDONLY);
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file) fail("open", path);
    const std::string content = contentOf(file, path);
    std::vector<SealingKey> keys;
    for (std::string_view line : split(content, '\n'))
    {
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        const size_t blank = line.find(' ');
        const auto bytes = blank == std::string_view::npos ? std::nullopt : bytesOf(trim(line.substr(blank)));
        if (!bytes || SealingKey::of(*bytes).id != line.substr(0, blank))
            throw Poco::DataFormatException("the key file " + path +
                                            " is damaged: a line of it is no key. Put its copy in its place");
        keys.push_back(SealingKey::of(*bytes));
    }
    if (keys.empty())
        throw Poco::DataFormatException("the key file " + path + " holds no key. Put its copy in its place");
    return KeyRing(std::move(keys));
}

KeyRing KeyRing::create(const std::string& path)
{
    const KeyRing made({SealingKey::random()});
    const std::string beside = writeBeside(path, made.text());
    const bool first = ::link(beside.c_str(), path.c_str()) == 0;
    const int why = errno;
    ::unlink(beside.c_str());
    errno = why;
    if (!first && why != EEXIST) fail("make", path);
    syncDirectory(path);
    if (first) return made;
    if (auto others = read(path)) return *others;
    throw Poco::IOException("the key file " + path + " vanished while it was made");
}

const SealingKey* KeyRing::find(std::string_view id) const noexcept
{
    for (const SealingKey& key : keys_)
        if (key.id == id) return &key;
    return nullptr;
}

KeyRing KeyRing::withCurrent(const SealingKey& key) const
{
    std::vector<SealingKey> keys{key};
    keys.insert(keys.end(), keys_.begin(), keys_.end());
    return KeyRing(std::move(keys));
}

void KeyRing::replace(const std::string& path) const
{
    const std::string beside = writeBeside(path, text());
    if (::rename(beside.c_str(), path.c_str()) != 0)
    {
        const int why = errno;
        ::unlink(beside.c_str());
        errno = why;
        fail("replace", path);
    }
    syncDirectory(path);
}

std::string KeyRing::text() const
{
    std::string all(kExplanation);
    for (const SealingKey& key : keys_)
        all += key.id + " " + hexOf(key.bytes.data(), key.bytes.size()) + "\n";
    return all;
}

} // namespace switchyard::store
