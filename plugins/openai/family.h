// The OpenAI-compatible family: one row per provider, and what a row may say. No code anywhere asks for a provider by
// name.
#pragma once

#include "switchyard/exchange.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace switchyard::openai
{

enum class Operation : uint8_t
{
    chat,
    completions,
    embeddings,
    moderations,
    models
};
inline constexpr size_t kOperationCount = 5;
using OperationSet = uint32_t;
constexpr OperationSet only(Operation operation) { return 1u << static_cast<unsigned>(operation); }

/// An operation by its ABI name; false: the family does not serve it.
bool findOperation(std::string_view name, Operation& operation);
/// The ABI name.
const char* nameOf(Operation operation);
/// The path that a client of the OpenAI API uses for it: "/v1/chat/completions".
std::string_view clientPathOf(Operation operation);

/// How the URL is made of the channel's base URL and the client's path (relay.md 6).
enum class PathRule : uint8_t
{
    clientPath,    ///< base + the client's path and query
    openai,        ///< the same; at Cloudflare's gateway without the path's /v1
    versionedBase, ///< the base URL holds the version: base + the client's path without its /v1, and query
    azure,         ///< base + /openai/deployments/{deployment}/{operation}?api-version=
    ownPaths       ///< base + the row's own path for the operation; what has none is not served
};

/// A path of its own for an operation; of the first models whose name begins so.
struct OwnPath
{
    Operation operation;
    std::string_view modelPrefix; ///< empty: any model
    std::string_view path;
};

enum class Auth : uint8_t
{
    bearer, ///< Authorization: Bearer KEY
    apiKey, ///< api-key: KEY
    none
};

struct TapReport;

/// A vendor's convention that the host does not know: how to read the frames that hold `needle`.
struct Convention
{
    std::string_view needle;
    void (*read)(std::string_view data, TapReport& report);
};
inline constexpr size_t kMostConventions = 2; ///< of one provider

/// A vendor's word for a cause that its HTTP status does not tell (failure.h has the words that all share).
struct Word
{
    enum class Where : uint8_t
    {
        code,   ///< the error's code or type begins with this
        message ///< its message contains this, in lower case
    };
    Where where;
    std::string_view word; ///< lower case
    Cause cause;
    Scope scope;
    int status = 0; ///< only with this HTTP status; 0: with any
};

struct Member
{
    const char* id;
    const char* name;
    const char* vendor;
    const char* homePage; ///< may be null
    uint32_t typeNumber;  ///< One API's
    const char* baseUrl;  ///< null: the channel must give one
    PathRule path;
    OperationSet operations;
    std::span<const char* const> models;
    const char* keyHint;
    const char* configSchema;
    Auth auth = Auth::bearer;
    bool keyOptional = false;        ///< a server of one's own may need none
    bool refusesUsageOption = false; ///< stream_options is an error there
    const char* appName = nullptr;   ///< sent as X-Title unless the channel says otherwise
    std::span<const OwnPath> ownPaths = {};
    std::span<const Convention> conventions = {};
    std::span<const Word> words = {};
};

/// All of them, the reference (`openai`) first.
std::span<const Member> family();

} // namespace switchyard::openai
