// Password hashes, in the form that One API reads and writes.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::store
{

/// bcrypt, cost 10, prefix `$2a$`. Takes some 50 ms of CPU. bcrypt reads no more than 72 bytes. Throws Poco::Exception.
std::string hashPassword(const std::string& password);

/// False for a hash of another kind. Takes as long as hashing.
bool passwordMatches(const std::string& password, const std::string& hash);

} // namespace switchyard::store
