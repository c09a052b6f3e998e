// Reads the whole snapshot from the database.
#pragma once

#include "store/channel_repository.h"
#include "store/db_session.h"
#include "store/key_sealer.h"
#include "store/snapshot.h"

namespace switchyard::store
{

/// All of it in the transaction of `session`, so that it is of one piece. Rows that point nowhere are tolerated. Throws
/// Poco::Exception.
SnapshotPtr loadSnapshot(DbSession& session, const KeySealer& sealer, uint64_t number, const RowWarning& warning);

} // namespace switchyard::store
