#include "relay/relay_request.h"

#include "relay/checks.h"
#include "relay/relay.h"

#include <algorithm>
#include <array>

namespace switchyard::relay
{

namespace
{

constexpr std::array<std::string_view, 26> kKeptBack = {
    "accept-encoding", "api-key", "authorization", "connection", "content-encoding", "content-length", "cookie", "expect",
    "forwarded", "host", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "proxy-connection", "referer",
    "te", "trailer", "transfer-encoding", "upgrade", "via", "x-api-key", "x-goog-api-key", "x-oneapi-request-id",
    "x-real-ip", "x-request-start"};
static_assert(std::is_sorted(kKeptBack.begin(), kKeptBack.end()));

constexpr std::array<std::string_view, 4> kKeptBackPrefixes = {"cf-", "sec-", "x-forwarded-", "x-amzn-"};

constexpr size_t traceOf(std::string_view name) { return (static_cast<unsigned char>(name[0]) * 7 + name.size()) % 64; }

// A bit for each name's trace: most headers of a client have another one, and are not looked for.
constexpr uint64_t kKeptBackTraces = [] {
    uint64_t traces = 0;
    for (std::string_view name : kKeptBack)
        traces |= uint64_t{1} << traceOf(name);
    return traces;
}();

bool isKeptBack(std::string_view name)
{
    if ((kKeptBackTraces >> traceOf(name) & 1) != 0 && std::binary_search(kKeptBack.begin(), kKeptBack.end(), name)) return true;
    if (name[0] != 'c' && name[0] != 's' && name[0] != 'x') return false; // the prefixes' first letters
    return std::any_of(kKeptBackPrefixes.begin(), kKeptBackPrefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

swy_borrowed_t borrowed(std::string_view text) { return {text.data(), text.size()}; }

} // namespace

PooledHeaders forwardableHeaders(const net::Headers& headers)
{
    PooledHeaders kept;
    kept.reserve(headers.size());
    for (const net::Header& header : headers)
        if (!isKeptBack(header.name)) kept.push_back({borrowed(header.name), borrowed(header.value)});
    return kept;
}

void RelayRequest::release()
{
    PooledHeaders().swap(headers);
    withModel.reset();
    index.reset();
    body.clear();
}

Result<Done, ApiError> understand(RelayRequest& request, std::string_view pathModel)
{
    const accounts::Language language = request.caller.language;
    const std::string_view bytes = request.body.view();
    if (bodyFormat(request.contentType, bytes) != BodyFormat::json)
        return failure(bodyIsNotJson(request.contentType, language));

    auto scanned = scanBody(bytes);
    if (!scanned) return failure(invalidBody(scanned.error(), language));
    request.index.emplace(std::move(scanned.value()));
    request.model = requestedModel(request.operation, *request.index, pathModel);

    auto allowed = accounts::checkAccess(request.caller, request.model);
    if (!allowed) return failure(std::move(allowed.error()));
    auto fields = checkFields(request.operation, *request.index, pathModel, language);
    if (!fields) return failure(std::move(fields.error()));
    // Where there is a ledger the hold asks its accounts, which know more than the snapshot.
    if (!request.outlook.accounts)
        if (auto solvent = accounts::checkBalance(request.caller); !solvent) return failure(std::move(solvent.error()));

    if (!request.index->find(Field::model)) request.withModel = withModel(*request.index, request.model);
    return Done{};
}

} // namespace switchyard::relay
