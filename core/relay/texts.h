// Errors of the relay that concern no field of the body: in English and Chinese where the client may ask for it.
#pragma once

#include "accounts/language.h"
#include "base/error.h"
#include "net/error.h"

#include <string_view>

namespace switchyard::relay
{

/// 404 in the form of relay.md 1.
ApiError invalidUrl(std::string_view method, std::string_view path);

/// 501 `api_not_implemented` (relay.md 2).
ApiError notImplemented(accounts::Language language);

/// 500 for a mistake of the gateway's own (relay.md 2).
ApiError internalError();

/// What a client is told whose request body could not be read: 400, 408, 413, 415. `limit` in bytes.
ApiError bodyError(const net::NetError& error, size_t limit);

} // namespace switchyard::relay
