// The stored keys of all channels as they stand in the table, and how this database keeps them. For channel_keys.cpp
// and channel_keys_changes.cpp.
#pragma once

#include "store/db_session.h"

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::store
{

class Database;

struct KeyRow
{
    int64_t channel = 0;
    std::string stored; ///< never empty
};
std::vector<KeyRow> keyRows(DbSession& session);

/// '' when this database leaves keys plain, or is to seal and has no key yet.
std::string sealingKeyId(DbSession& session);

/// Makes the key file, or takes the one that is there, for a database that is to seal and has no key yet. Whether it
/// did.
bool makeFirstKey(Database& database, const std::string& keyFile);

} // namespace switchyard::store
