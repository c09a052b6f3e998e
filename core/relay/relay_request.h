// A request as the relay has understood it: what stays the same whichever candidate is tried.
#pragma once

#include "accounts/authenticate.h"
#include "base/error.h"
#include "base/result.h"
#include "net/body.h"
#include "net/frame_pool.h"
#include "net/head.h"
#include "relay/body_scan.h"
#include "relay/patch.h"
#include "switchyard/provider.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

struct Outlook;

using PooledHeaders = std::vector<swy_header_t, net::PoolAllocator<swy_header_t>>;

/// References and views live as long as the connection's head and the request's coroutine.
struct RelayRequest
{
    RelayRequest(const accounts::Caller& theCaller, const Outlook& theOutlook) : caller(theCaller), outlook(theOutlook) {}

    const accounts::Caller& caller;
    const Outlook& outlook;
    const char* operation = nullptr; ///< SWY_OP_...
    std::string_view method;
    std::string_view target;
    std::string_view contentType;
    PooledHeaders headers; ///< that may go to a provider
    net::Body body;
    std::optional<BodyIndex> index;       ///< of `body`
    std::optional<PatchedBody> withModel; ///< the body with the model that the path or a default named
    std::string model; ///< that the client asked for

    const BodyIndex& understood() const { return withModel ? withModel->index() : *index; }
    /// Gives back what only an attempt's beginning needs. Once an answer has begun no other attempt can follow.
    void release();
    std::string_view bytes() const { return withModel ? withModel->bytes() : body.view(); }
};

/// Scans and checks the body, finds the model, asks the caller's rights: what relay.md 3 (11 to 13) and 5.1 say, the
/// client's mistakes before the gateway's own state. On success `request` is complete.
Result<Done, ApiError> understand(RelayRequest& request, std::string_view pathModel);

/// The client's headers that a provider may see: never credentials, Origin, Referer, Cookie, what describes this
/// connection, or what proxies on the way have written.
PooledHeaders forwardableHeaders(const net::Headers& headers);

} // namespace switchyard::relay
