// The answers of the less travelled routes: tool calls, JSON schema, legacy completions, embeddings, moderation,
// models.
#pragma once
#include <string>
#include <string_view>

namespace mock
{

bool asksForTools(std::string_view body);
bool asksForSchema(std::string_view body);

std::string wholeToolCall();
std::string streamedToolCall(bool usage);
std::string wholeSchemaAnswer();
std::string legacyCompletion(bool stream, bool usage);
/// One vector of four numbers per input; as base64 where the request asks for that. Vector k is (k, 0.25, -0.5, 1).
std::string embeddings(std::string_view body);
std::string moderation();
std::string modelList();

} // namespace mock
