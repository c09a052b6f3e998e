#include "vector.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/ParseHandler.h>
#include <Poco/JSON/Parser.h>
#include <Poco/JSON/Stringifier.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace switchyard::replay
{

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

namespace
{

struct Kind
{
    const char* name;      ///< the vectors' word
    const char* operation; ///< the ABI's
    bool stream;
    const char* pathEnd;
    const char* requestMember; ///< that the request has in OpenAI's form
    const char* answerMember;  ///< that the answer has
};
constexpr Kind kKinds[] = {
    {"chat", "chat.completions", false, "/chat/completions", "messages", "choices"},
    {"chat_stream", "chat.completions", true, "/chat/completions", "messages", "choices"},
    {"completion", "completions", false, "/completions", "prompt", "choices"},
    {"completion_stream", "completions", true, "/completions", "prompt", "choices"},
    {"embeddings", "embeddings", false, "/embeddings", "input", "data"},
    {"moderation", "moderations", false, "/moderations", "input", "results"},
    {"models", "models", false, "/models", nullptr, "data"},
};

const Kind* kindOf(const std::string& name)
{
    for (const Kind& kind : kKinds)
        if (name == kind.name) return &kind;
    return nullptr;
}

Var parsed(const std::string& text)
{
    Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(true)); // members keep their order
    return parser.parse(text);
}

/// The JSON object in a text; null: it is none.
Object::Ptr objectIn(const std::string& text)
{
    try
    {
        const Var value = parsed(text);
        if (value.type() == typeid(Object::Ptr)) return value.extract<Object::Ptr>();
    }
    catch (const Poco::Exception&)
    {
        return {}; // not JSON: that is the answer
    }
    return {};
}

Object::Ptr member(const Object::Ptr& object, const char* name)
{
    return object && object->isObject(name) ? object->getObject(name) : Object::Ptr();
}

int64_t number(const Object::Ptr& object, const char* name)
{
    if (!object || !object->has(name)) return 0;
    const Var value = object->get(name);
    return value.isNumeric() ? value.convert<int64_t>() : 0;
}

std::string text(const Object::Ptr& object, const char* name)
{
    if (!object || !object->has(name)) return {};
    const Var value = object->get(name);
    return value.isString() ? value.convert<std::string>() : std::string();
}

std::string stringified(const Var& value)
{
    std::ostringstream out;
    Poco::JSON::Stringifier::stringify(value, out);
    return out.str();
}

/// The payload of a frame: its data lines.
std::string dataOf(const std::string& frame)
{
    std::istringstream lines(frame);
    std::string all;
    for (std::string line; std::getline(lines, line);)
    {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.rfind("data:", 0) != 0) continue;
        line.erase(0, line.size() > 5 && line[5] == ' ' ? 6 : 5);
        all += (all.empty() ? "" : "\n") + line;
    }
    return all;
}

/// The first JSON object of the answer.
Object::Ptr firstAnswer(const Vector& vector)
{
    if (Object::Ptr whole = objectIn(vector.body)) return whole;
    for (const std::string& frame : framesOf(vector.body))
        if (Object::Ptr chunk = objectIn(dataOf(frame))) return chunk;
    return {};
}

std::string whyNotOpenAi(const Vector& vector, const Kind& kind)
{
    const std::string path = vector.url.substr(0, vector.url.find('?'));
    const std::string end = kind.pathEnd;
    if (path.size() < end.size() || path.compare(path.size() - end.size(), end.size(), end) != 0)
        return "its URL does not end in " + end;
    if (kind.requestMember && !vector.requestBody.empty())
    {
        const Object::Ptr request = objectIn(vector.requestBody);
        if (!request || !request->has(kind.requestMember))
            return "its request has no '" + std::string(kind.requestMember) + "'";
    }
    if (vector.error) return {};
    const Object::Ptr answer = firstAnswer(vector);
    if (!answer || !answer->isArray(kind.answerMember))
        return "its answer has no list '" + std::string(kind.answerMember) + "'";
    if (end == "/models" || end == "/embeddings")
        if (text(answer, "object") != "list") return "its answer is no OpenAI list";
    return {};
}

void readUsage(const Vector& vector, const Object::Ptr& answer, ExpectedUsage& usage)
{
    Object::Ptr told = member(answer, "usage");
    if (!told) told = member(member(answer, "x_groq"), "usage");
    if (!told) return;
    ExpectedUsage now;
    now.input = number(told, "prompt_tokens");
    now.output = number(told, "completion_tokens");
    now.cached = number(member(told, "prompt_tokens_details"), "cached_tokens");
    now.reasoning = number(member(told, "completion_tokens_details"), "reasoning_tokens");
    if (now.cached == 0) now.cached = number(told, "prompt_cache_hit_tokens");
    if (now.cached == 0) now.cached = number(told, "num_cached_tokens");
    if (vector.operation == "chat.completions" && now.reasoning > 0 &&
        number(told, "total_tokens") == now.input + now.output + now.reasoning)
        now.output += now.reasoning;
    if (now.input == 0 && now.output == 0 && vector.operation == "embeddings") now.input = number(told, "total_tokens");
    now.reported = now.input > 0 || now.output > 0;
    if (now.reported) usage = now;
}

} // namespace

Vector readVector(const std::filesystem::path& file, std::string& leftOut)
{
    std::ifstream in(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const Object::Ptr root = parsed(content).extract<Object::Ptr>();
    const Object::Ptr request = root->getObject("request");
    const Object::Ptr response = root->getObject("response");

    Vector vector;
    vector.id = text(root, "id");
    if (vector.id.empty()) vector.id = file.parent_path().filename().string() + "/" + file.stem().string();
    vector.provider = text(root, "provider");
    const std::string said = text(root, "operation");
    vector.error = said == "error";
    const std::string attempted = vector.error ? text(root, "attempted_operation") : said;
    const Kind* kind = kindOf(attempted);
    if (!kind)
    {
        leftOut = "operation " + attempted;
        return vector;
    }
    vector.operation = kind->operation;
    vector.stream = kind->stream;
    vector.url = text(request, "url");
    if (request->isObject("body")) vector.requestBody = stringified(request->get("body"));
    vector.status = response->getValue<int>("status");
    if (response->has("body_encoding"))
    {
        leftOut = "its answer is " + text(response, "body_encoding");
        return vector;
    }
    vector.body = text(response, "body");
    if (const Object::Ptr headers = member(response, "headers"))
        for (const std::string& name : headers->getNames())
            vector.headers.emplace_back(name, headers->get(name).convert<std::string>());
    leftOut = whyNotOpenAi(vector, *kind);
    // Some recordings kept the answer alone; what was asked does not matter to it.
    if (vector.requestBody.empty() && kind->requestMember) vector.requestBody = R"({"model":"a-model"})";
    vector.model = text(objectIn(vector.requestBody), "model");
    if (vector.model.empty()) vector.model = "a-model";
    return vector;
}

std::vector<std::filesystem::path> vectorFiles(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".json" && entry.path().parent_path() != folder)
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::string> framesOf(const std::string& body)
{
    std::vector<std::string> frames;
    size_t begin = 0;
    bool lineEmpty = true; // the current line, so far
    for (size_t i = 0; i < body.size(); ++i)
    {
        if (body[i] != '\n' && body[i] != '\r')
        {
            lineEmpty = false;
            continue;
        }
        if (body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n') ++i;
        if (lineEmpty && i + 1 > begin)
        {
            frames.push_back(body.substr(begin, i + 1 - begin));
            begin = i + 1;
        }
        lineEmpty = true;
    }
    if (begin < body.size()) frames.push_back(body.substr(begin));
    return frames;
}

std::string withoutUsageChunk(const std::string& body)
{
    std::string kept;
    for (const std::string& frame : framesOf(body))
    {
        const Object::Ptr chunk = objectIn(dataOf(frame));
        const bool usage = chunk && chunk->isObject("usage");
        const bool empty = chunk && (!chunk->isArray("choices") || chunk->getArray("choices")->size() == 0);
        if (!(usage && empty)) kept += frame;
    }
    return kept;
}

ExpectedUsage usageOf(const Vector& vector)
{
    ExpectedUsage usage;
    if (!vector.stream)
        readUsage(vector, objectIn(vector.body), usage);
    else
        for (const std::string& frame : framesOf(vector.body))
            readUsage(vector, objectIn(dataOf(frame)), usage);
    return usage;
}

std::string errorMessageOf(const Vector& vector)
{
    std::vector<std::string> candidates{vector.body};
    for (const std::string& frame : framesOf(vector.body))
        candidates.push_back(dataOf(frame));
    for (const std::string& candidate : candidates)
    {
        const Object::Ptr answer = objectIn(candidate);
        if (!answer) continue;
        if (const std::string message = text(member(answer, "error"), "message"); !message.empty()) return message;
        for (const char* name : {"error", "message", "detail"})
            if (const std::string message = text(answer, name); !message.empty()) return message;
    }
    return {};
}

bool saysDone(const std::string& body)
{
    for (const std::string& frame : framesOf(body))
        if (dataOf(frame) == "[DONE]") return true;
    return false;
}

std::string askingForUsage(const std::string& body, bool asking)
{
    Object::Ptr request = objectIn(body);
    if (!request) return body;
    Object::Ptr options = member(request, "stream_options");
    if (asking)
    {
        if (!options) options = new Object;
        options->set("include_usage", true);
        request->set("stream_options", options);
    }
    else
        request->remove("stream_options");
    return stringified(Var(request));
}

} // namespace switchyard::replay
