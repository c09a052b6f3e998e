// A channel between its form and its row: what administrators send and what they are shown.
#pragma once

#include "management/json_body.h"
#include "store/channel_records.h"

#include <string>
#include <vector>

namespace switchyard::management
{

/// The rows of a new channel, one for each key of the body (admin-api.md 5.3). Server-owned members are not read. Throws
/// Refusal that names the field.
std::vector<store::ChannelRow> newChannelsIn(const JsonBody& body);

/// What a body changes (admin-api.md 5.4): texts that One API cannot clear stay when they are empty, and a type, status,
/// or list that is zero or empty stays. Throws Refusal that names the field.
store::ChannelChanges channelChangesIn(const JsonBody& body);

/// The object of admin-api.md 2, without its key, and `provider` and `settings`, which are ours.
std::string channelJson(const store::ChannelRecord& record);

} // namespace switchyard::management
