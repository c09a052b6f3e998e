// A recorded exchange with a provider, and what its recording says that a client must get.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace switchyard::replay
{

/// Usage as the recording tells it, in the gateway's convention: input includes cached, output includes reasoning.
struct ExpectedUsage
{
    bool reported = false;
    int64_t input = 0, output = 0, cached = 0, reasoning = 0;
};

struct Vector
{
    std::string id; ///< "openai/chat-stream-..."
    std::string provider;
    std::string operation; ///< the ABI's name: "chat.completions"
    bool stream = false;
    bool error = false; ///< the recording is one of a failure
    std::string url;
    std::string requestBody; ///< JSON; empty: none
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers; ///< of the response
    std::string body;                                         ///< of the response
    std::string model;                                        ///< of the request
};

/// Reads a vector; throws Poco::Exception where it is malformed. `leftOut` says why it is no exchange of the OpenAI
/// family; empty: it is one.
Vector readVector(const std::filesystem::path& file, std::string& leftOut);

/// All files PROVIDER/NAME.json of a folder, sorted.
std::vector<std::filesystem::path> vectorFiles(const std::filesystem::path& folder);

// What follows is worked out from the recording by means of its own, not by the code under test.

/// The pieces of an event stream that end with a blank line; the last may lack it.
std::vector<std::string> framesOf(const std::string& body);
/// The stream without its frames of usage and no choices.
std::string withoutUsageChunk(const std::string& body);
ExpectedUsage usageOf(const Vector& vector);
/// The message of the recorded error; empty: it tells none in any form that is known.
std::string errorMessageOf(const Vector& vector);
/// Whether a stream says [DONE].
bool saysDone(const std::string& body);
/// `body` with a stream_options.include_usage of true, or without stream_options.
std::string askingForUsage(const std::string& body, bool asking);

} // namespace switchyard::replay
