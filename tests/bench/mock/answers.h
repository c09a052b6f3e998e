// Answers in the OpenAI form, serialised when the program starts.
#pragma once
#include "request.h"
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mock
{

/// A frame of a stream inside its HTTP chunk. The 20 digits at `stamp` are the chunk's id: the time it was sent, in
/// nanoseconds of the monotonic clock, so that a reader on the same machine knows the one-way latency.
struct Frame
{
    std::string bytes;
    std::size_t stamp;
    void stampNow(std::uint64_t nanoseconds);
};

/// Head of every event stream.
extern const std::string kStreamHead;
/// The last HTTP chunk.
extern const std::string kLastChunk;

/// A whole HTTP answer with Content-Length. `extra` are further header lines, each with its CR LF.
std::string answer(int status, std::string_view type, std::string_view body, std::string_view extra = {});
/// `data: PAYLOAD`, a blank line, as one HTTP chunk.
std::string eventChunk(std::string_view payload);
std::string httpChunk(std::string_view bytes);
std::string errorBody(int status);

/// The content frames of a stream, to be sent round and round; the first of a stream has the role.
std::vector<Frame>& contentFrames();
Frame& firstFrame();
/// Finish chunk, usage chunk if asked for, [DONE] and the last HTTP chunk.
std::string streamEnd(std::uint64_t frames, bool usage, bool done = true);

/// The text of a stream of `frames` frames is a cycle of these words.
const std::vector<std::string>& words();

/// The plain answer to a request; whole, or a stream of a few frames at once where `request` asks for one that is not
/// plain chat text (tool calls, legacy completions).
std::string plainAnswer(const Request& request);
/// Whether the answer is the paced stream of content frames.
bool isPacedChat(const Request& request);
/// The whole answer to plain chat, without looking at the request: the hot path.
const std::string& wholeChat();

} // namespace mock
