#include "recording.h"

#include <switchyard/json.hpp>
#include <switchyard/provider.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace switchyard::check
{

using sdk::JsonView;

namespace
{

struct Kind
{
    std::string_view recordedAs, operation, dialect, target;
};

// Where the dialect is empty, the request's URL tells it.
constexpr Kind kKinds[] = {{"chat", SWY_OP_CHAT, "", ""},
                           {"chat_stream", SWY_OP_CHAT, "", ""},
                           {"responses", SWY_OP_CHAT, SWY_DIALECT_RESPONSES, "/v1/responses"},
                           {"responses_stream", SWY_OP_CHAT, SWY_DIALECT_RESPONSES, "/v1/responses"},
                           {"messages", SWY_OP_CHAT, SWY_DIALECT_ANTHROPIC, "/v1/messages"},
                           {"messages_stream", SWY_OP_CHAT, SWY_DIALECT_ANTHROPIC, "/v1/messages"},
                           {"completion", SWY_OP_COMPLETIONS, SWY_DIALECT_OPENAI, "/v1/completions"},
                           {"completion_stream", SWY_OP_COMPLETIONS, SWY_DIALECT_OPENAI, "/v1/completions"},
                           {"embeddings", SWY_OP_EMBEDDINGS, SWY_DIALECT_OPENAI, "/v1/embeddings"},
                           {"moderation", SWY_OP_MODERATIONS, SWY_DIALECT_OPENAI, "/v1/moderations"},
                           {"models", SWY_OP_MODELS, SWY_DIALECT_OPENAI, "/v1/models"},
                           {"images", SWY_OP_IMAGES, SWY_DIALECT_OPENAI, "/v1/images/generations"},
                           {"audio_speech", SWY_OP_SPEECH, SWY_DIALECT_OPENAI, "/v1/audio/speech"},
                           {"transcription", SWY_OP_TRANSCRIPTIONS, SWY_DIALECT_OPENAI, "/v1/audio/transcriptions"},
                           {"rerank", SWY_OP_RERANK, SWY_DIALECT_OPENAI, "/v1/rerank"}};

/// In which dialect, if any that clients speak, a request to this URL is. Only OpenAI's paths are shared by providers.
std::string dialectOf(std::string_view operation, std::string_view path, JsonView body)
{
    if (operation == SWY_OP_CHAT && path.find(":generateContent") != path.npos) return SWY_DIALECT_GEMINI;
    if (operation == SWY_OP_CHAT && path.find(":streamGenerateContent") != path.npos) return SWY_DIALECT_GEMINI;
    if (operation == SWY_OP_CHAT)
        return path.find("/chat/completions") != path.npos && body["messages"].isArray() ? SWY_DIALECT_OPENAI : "";
    if (operation == SWY_OP_COMPLETIONS)
        return path.find("/completions") != path.npos && body["prompt"] ? SWY_DIALECT_OPENAI : "";
    if (operation == SWY_OP_EMBEDDINGS)
        return path.find("/embeddings") != path.npos && body["input"] ? SWY_DIALECT_OPENAI : "";
    return SWY_DIALECT_OPENAI;
}

std::string fromBase64(std::string_view text)
{
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : text)
    {
        const size_t value = alphabet.find(c);
        if (value == alphabet.npos) continue;
        bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xFFFFFF;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xFF);
    }
    return out;
}

std::string modelOf(std::string_view path, JsonView body)
{
    if (body["model"].isString()) return body["model"].text();
    const size_t at = path.find("/models/");
    if (at == path.npos) return {};
    const std::string_view rest = path.substr(at + 8);
    return std::string(rest.substr(0, rest.find_first_of(":/?")));
}

void readRequest(Recording& r, JsonView request)
{
    const std::string url = request["url"].text(), encoding = request["body_encoding"].text();
    const size_t scheme = url.find("://");
    const size_t slash = scheme == url.npos ? url.npos : url.find('/', scheme + 3);
    const std::string path = slash == url.npos ? "/" : url.substr(slash);
    const JsonView body = request["body"];
    if (encoding == "multipart_summary" || encoding == "base64")
        r.unusable = "the recording does not keep the request's bytes";
    else if (!body.isNull())
        r.body = encoding == "text" ? body.text() : std::string(body.json());
    else if (r.operation != SWY_OP_MODELS)
        r.unusable = "the recording has no request body";
    if (r.dialect.empty() || r.dialect == SWY_DIALECT_OPENAI) r.dialect = dialectOf(r.operation, path, body);
    if (r.dialect.empty() && r.unusable.empty()) r.unusable = "its request is in no dialect that clients speak";
    if (r.dialect == SWY_DIALECT_GEMINI) r.target = path;
    if (r.target.empty()) r.target = "/v1/chat/completions";
    r.model = modelOf(path, body);
    r.stream = r.stream || body["stream"].isTrue();
}

void readAnswer(Recording& r, JsonView response)
{
    r.status = static_cast<int>(response["status"].integer());
    r.answer = response["body_encoding"].is("base64") ? fromBase64(response["body"].inside()) : response["body"].text();
    for (const auto& member : response["headers"].members())
    {
        std::string name;
        sdk::appendJsonUnescaped(name, member.name);
        // The recorded bytes are decoded: what described their transport is gone with it.
        if (name != "content-encoding" && name != "transfer-encoding" && name != "content-length")
            r.headers.push_back({name, member.value.text()});
    }
    if (r.status < 100 || r.status > 999) r.unusable = "it has no answer with a status";
}

} // namespace

Recording readRecording(std::string_view json)
{
    Recording r;
    const JsonView all(json);
    if (const auto check = sdk::checkJson(json, 512); !check)
        r.unusable = std::string("it is no JSON: ") + check.problem + " at byte " + std::to_string(check.offset);
    r.id = all["id"].text();
    r.provider = all["provider"].text();
    r.recordedAs = all["operation"].text();
    const std::string kind = r.recordedAs == "error" ? all["attempted_operation"].text() : r.recordedAs;
    for (const Kind& k : kKinds)
        if (k.recordedAs == kind)
        {
            r.operation = k.operation;
            r.dialect = k.dialect;
            r.target = k.target;
        }
    r.stream = kind.size() > 7 && kind.substr(kind.size() - 7) == "_stream";
    if (!r.unusable.empty()) return r;
    if (r.operation.empty())
        r.unusable = "the ABI has no operation '" + kind + "'";
    else
        readRequest(r, all["request"]);
    readAnswer(r, all["response"]);
    return r;
}

std::vector<std::string> recordingFiles(const std::string& folder)
{
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

std::string readFile(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad()) throw std::runtime_error("cannot read " + path);
    return content;
}

} // namespace switchyard::check
