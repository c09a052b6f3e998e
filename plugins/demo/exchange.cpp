#include "exchange.h"

#include "embedding.h"

#include <algorithm>

namespace switchyard::demo
{

namespace
{

constexpr uint64_t kNextWord = 1;
constexpr uint64_t kSilence = 2;
constexpr uint32_t kUsualPace = 30;
constexpr uint32_t kUsualFirstWord = 150;
constexpr uint32_t kMostMilliseconds = 60000;
constexpr uint32_t kSilenceMs = 3600000;

constexpr std::string_view kModelList =
    R"({"object":"list","data":[{"id":"demo","object":"model","created":1767225600,"owned_by":"switchyard"},)"
    R"({"id":"demo-large","object":"model","created":1767225600,"owned_by":"switchyard"},)"
    R"({"id":"demo-embedding","object":"model","created":1767225600,"owned_by":"switchyard"}]})";

uint32_t milliseconds(sdk::JsonView config, const char* field, uint32_t usual)
{
    const sdk::JsonView value = config[field];
    if (!value || value.isNull()) return usual;
    const int64_t given = value.integer(-1);
    if (!value.isNumber() || given < 0 || given > kMostMilliseconds)
        throw BadChannel(field, "must be a number of milliseconds from 0 to 60000");
    return static_cast<uint32_t>(given);
}

} // namespace

const char kConfigSchema[] =
    R"({"type":"object","properties":{)"
    R"("pace":{"type":"integer","title":"Milliseconds per word","minimum":0,"maximum":60000,"default":30,"description":"How fast the demo model speaks in a stream."},)"
    R"("first_word":{"type":"integer","title":"Milliseconds to the first word","minimum":0,"maximum":60000,"default":150}}})";

DemoChannel::DemoChannel(const ChannelConfig& from)
    : pace(milliseconds(from.config, "pace", kUsualPace)),
      firstWord(milliseconds(from.config, "first_word", kUsualFirstWord))
{
}

void DemoExchange::onStart(const Start& start)
{
    if (start.operation == SWY_OP_MODELS)
        answerModels();
    else if (start.operation == SWY_OP_EMBEDDINGS)
        answerEmbeddings(start);
    else if (start.operation == SWY_OP_CHAT || start.operation == SWY_OP_COMPLETIONS)
        speak(start);
    else
        fail(Cause::unsupported, Scope::channel, "the demo models do not offer " + std::string(start.operation));
}

void DemoExchange::speak(const Start& start)
{
    const ChatRequest request(start);
    if (obey(wishIn(request.said), start.stream)) return;

    Random random(start.record.random);
    script_ = scriptFor(request, start.operation, start.model, random);
    promptTokens_ = request.promptTokens;
    Usage known;
    known.input = promptTokens_;
    known.final = false;
    usage(known);
    if (cutAt_ != SIZE_MAX) cutAt_ = script_.beats.size() / 2;

    // A whole answer has no words to wait for, only the time to think.
    pace_ = start.stream ? channel_.pace : 0;
    const bool timers = hostExtension<void>(SWY_EXT_TIMER) != nullptr;
    if (!timers) pace_ = 0;
    if (timers && channel_.firstWord > 0)
        timerStart(kNextWord, channel_.firstWord);
    else
        play();
}

/// Does what the message asks for in place of an answer; false: there is an answer to give.
bool DemoExchange::obey(const Wish& wish, bool stream)
{
    switch (wish.kind)
    {
    case Wish::Kind::none:
        return false;
    case Wish::Kind::fail:
        fail(failureFor(wish.status));
        return true;
    case Wish::Kind::hang:
        timerStart(kSilence, kSilenceMs);
        return true;
    case Wish::Kind::cut:
        if (stream)
        {
            cutAt_ = 0;
            return false;
        }
        fail(failureFor(502));
        return true;
    }
    return false;
}

void DemoExchange::onTimer(uint64_t id)
{
    if (id == kSilence)
        timerStart(kSilence, kSilenceMs);
    else
        play();
}

/// Speaks until the next pause.
void DemoExchange::play()
{
    while (beat_ < script_.beats.size())
    {
        if (beat_ == cutAt_)
        {
            fail(Cause::upstreamBroken, Scope::channel, "The demo model cut its stream, as asked.");
            return;
        }
        for (const Line& line : script_.beats[beat_])
            say(line);
        ++beat_;
        if (pace_ > 0 && beat_ < script_.beats.size())
        {
            timerStart(kNextWord, pace_);
            return;
        }
    }
    close();
}

void DemoExchange::say(const Line& line)
{
    delta({sizeof(swy_delta_t),
           line.kind,
           line.choice,
           line.block,
           given(line.text),
           given(line.id),
           given(line.name),
           {}});
}

void DemoExchange::close()
{
    Usage used;
    used.input = promptTokens_;
    used.output = script_.tokens;
    if (script_.thinkingTokens > 0) used.reasoning = script_.thinkingTokens;
    usage(used);
    finish();
}

void DemoExchange::answerEmbeddings(const Start& start)
{
    const std::vector<std::string> inputs = embeddingInputs(start.member("input"));
    if (inputs.empty()) return refuse("input", "input must be a text or a list of texts that is not empty");
    if (inputs.size() > kMostInputs) return refuse("input", "input holds more than 2048 texts");
    if (inputs.size() == 1 && obey(wishIn(inputs[0]), false)) return;
    const int64_t dimensions = start.member("dimensions").integer(kUsualDimensions);
    if (dimensions < 1 || dimensions > kMostDimensions)
        return refuse("dimensions", "dimensions must be from 1 to 4096");
    if (static_cast<int64_t>(inputs.size()) * dimensions > kMostNumbers)
        return refuse("dimensions", "dimensions times inputs must be at most 1048576 here");

    Usage used;
    used.input = 0;
    for (const std::string& input : inputs)
        used.input += std::max<int64_t>(tokensOf(input), 1);
    usage(used);
    emit(embeddingAnswer(inputs, start.requestedModel, static_cast<size_t>(dimensions),
                         start.member("encoding_format").is("base64"), used.input));
    finish();
}

void DemoExchange::answerModels()
{
    emit(kModelList);
    finish();
}

void DemoExchange::refuse(std::string_view param, std::string_view message)
{
    ErrorReport why;
    why.cause = Cause::badRequest;
    why.scope = Scope::request;
    why.httpStatus = 400;
    why.type = "invalid_request_error";
    why.code = "invalid_value";
    why.param = param;
    why.message = message;
    fail(why);
}

} // namespace switchyard::demo
