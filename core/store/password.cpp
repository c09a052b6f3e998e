#include "store/password.h"

#include "base/secret.h"

#include <Poco/Exception.h>
#include <array>
#include <crypt.h>
#include <memory>

namespace switchyard::store
{

namespace
{

// Empty when libcrypt refuses the setting. crypt_data is 32 KiB: too much for a thread's stack to be sure of.
std::string crypted(const std::string& password, const std::string& setting)
{
    const auto work = std::make_unique<crypt_data>();
    const char* hash = crypt_r(password.c_str(), setting.c_str(), work.get());
    return hash && hash[0] != '*' ? hash : "";
}

} // namespace

std::string hashPassword(const std::string& password)
{
    std::array<unsigned char, 16> salt;
    randomBytes(salt);
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    const char* made = crypt_gensalt_rn("$2a$", 10, reinterpret_cast<const char*>(salt.data()),
                                        static_cast<int>(salt.size()), setting, sizeof(setting));
    const std::string hash = made ? crypted(password, made) : "";
    if (hash.empty()) throw Poco::RuntimeException("libcrypt cannot make a bcrypt hash");
    return hash;
}

bool passwordMatches(const std::string& password, const std::string& hash)
{
    if (!hash.starts_with("$2")) return false;
    const std::string again = crypted(password, hash);
    return !again.empty() && secretEquals(again, hash);
}

} // namespace switchyard::store
