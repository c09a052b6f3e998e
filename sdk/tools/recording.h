// A recorded exchange with a provider: one JSON file (sdk/README.md, "Recordings").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::check
{

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Recording
{
    std::string id;
    std::string provider;
    std::string recordedAs; ///< the file's own word: "chat_stream"
    std::string operation;  ///< the ABI's word for it; empty: it has none
    std::string dialect;    ///< that the request's body is in, as far as clients speak it; empty: none
    std::string target;     ///< path of a client's request in that dialect
    std::string model;
    bool stream = false;
    std::string body;     ///< of the request
    std::string unusable; ///< why it cannot be offered to a plug-in; empty: it can
    int status = 0;
    Headers headers; ///< of the answer, names in lower case
    std::string answer;
};

/// Reads one; what is wrong with the file is told in `unusable`.
Recording readRecording(std::string_view json);

/// All *.json files below a folder, sorted.
std::vector<std::string> recordingFiles(const std::string& folder);

/// A file's content; throws std::runtime_error with its name.
std::string readFile(const std::string& path);

} // namespace switchyard::check
