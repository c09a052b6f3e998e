#include "store/snapshot_loader.h"

#include "store/option_repository.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

namespace switchyard::store
{

SnapshotPtr loadSnapshot(DbSession& session, const KeySealer& sealer, uint64_t number, const RowWarning& warning)
{
    SnapshotBuilder builder;
    builder.set(OptionRepository(session).all());
    for (User& user : UserRepository(session).all())
        builder.add(std::move(user));
    for (TokenRow& row : TokenRepository(session).all())
        builder.add(std::move(row.token), row.key);
    // Routes follow from the channels themselves, not from `abilities`: those may have orphans, or lack a channel after
    // a crash between two statements of One API (database.md 9, defects 7 and 8).
    for (ChannelRow& row : ChannelRepository(session, sealer).all())
        builder.add(channelOf(std::move(row), warning));
    return builder.build(number);
}

} // namespace switchyard::store
