#include "management/login_sessions.h"

#include "base/secret.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>
#include <vector>

namespace switchyard::management
{

namespace
{

constexpr std::string_view kName = "session";
constexpr std::string_view kForm = "1"; // first piece of the value: the form of what follows
constexpr size_t kPieces = 6;           // form, id, user, start, stamp, signature
constexpr size_t kStampLength = 16;
constexpr size_t kLongest = 512;

std::string attributes(bool secure)
{
    std::string text = "; Path=/; Max-Age=" + std::to_string(LoginSessions::kLifetimeSeconds) + "; HttpOnly; SameSite=Lax";
    if (secure) text += "; Secure";
    return text;
}

// A browser sends one header with all cookies; a proxy may have split it.
std::string_view cookieOf(const Request& request)
{
    for (const auto& [name, value] : request.headers)
    {
        if (!equalsIgnoreCase(name, "cookie")) continue;
        for (std::string_view pair : split(value, ';'))
        {
            pair = trim(pair);
            if (pair.starts_with(kName) && pair.substr(kName.size()).starts_with('='))
                return pair.substr(kName.size() + 1);
        }
    }
    return {};
}

} // namespace

LoginSessions::LoginSessions(std::string secret, std::function<int64_t()> nowSeconds)
    : secret_(std::move(secret)), nowSeconds_(std::move(nowSeconds))
{
    if (secret_.empty() || secret_ == "random_string") secret_ = newTokenKey();
}

LoginSession LoginSessions::begin(int64_t userId, std::string_view passwordHash) const
{
    return {newHexKey(), userId, nowSeconds_(), stampOf(passwordHash)};
}

std::optional<LoginSession> LoginSessions::of(const Request& request) const
{
    const std::string_view value = cookieOf(request);
    if (value.size() > kLongest) return std::nullopt;
    const std::vector<std::string_view> pieces = split(value, '.');
    if (pieces.size() != kPieces || pieces[0] != kForm) return std::nullopt;
    const std::string_view signedPart = value.substr(0, value.size() - pieces.back().size() - 1);
    if (!secretEquals(signatureOf(signedPart), pieces.back())) return std::nullopt;
    const auto userId = parseInt(pieces[2]);
    const auto startedAt = parseInt(pieces[3]);
    if (!userId || !startedAt || *startedAt + kLifetimeSeconds <= nowSeconds_()) return std::nullopt;
    LoginSession session{std::string(pieces[1]), *userId, *startedAt, std::string(pieces[4])};
    const std::lock_guard lock(mutex_);
    if (ended_.contains(session.id)) return std::nullopt;
    return session;
}

void LoginSessions::end(const LoginSession& session)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(ended_, [now = nowSeconds_()](const auto& ended) { return ended.second <= now; });
    ended_[session.id] = session.startedAt + kLifetimeSeconds;
}

std::string LoginSessions::cookieFor(const LoginSession& session, bool secure) const
{
    std::string value = std::string(kForm) + "." + session.id + "." + std::to_string(session.userId) + "." +
                        std::to_string(session.startedAt) + "." + session.passwordStamp;
    value += "." + signatureOf(value);
    return std::string(kName) + "=" + value + attributes(secure);
}

std::string LoginSessions::emptyCookie(bool secure) { return std::string(kName) + "=" + attributes(secure); }

std::string LoginSessions::stampOf(std::string_view passwordHash) const
{
    return signatureOf("password " + std::string(passwordHash)).substr(0, kStampLength);
}

std::string LoginSessions::signatureOf(std::string_view text) const
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size))
        throw std::runtime_error("HMAC-SHA256 is not available");
    return hexLower({reinterpret_cast<const char*>(digest), size});
}

} // namespace switchyard::management
