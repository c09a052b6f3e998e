#include "exchange.h"

#include "conventions.h"
#include "failure.h"

#include <algorithm>

namespace switchyard::openai
{

namespace
{

constexpr uint64_t kRequest = 1;
constexpr size_t kMostRefusal = 64 * 1024; // of an error's body; what is beyond says nothing more
constexpr size_t kMostModelList = 16 * 1024 * 1024;

bool streamsUsage(Operation operation) { return operation == Operation::chat || operation == Operation::completions; }

} // namespace

void FamilyExchange::onStart(const Start& start)
{
    Operation operation;
    std::string scratch;
    std::string_view url;
    if (findOperation(start.operation, operation))
        url = channel_.urls().find(operation, view(start.record.target), start.model, scratch);
    if (url.empty())
    {
        ErrorReport why;
        why.cause = Cause::unsupported;
        why.scope = Scope::channel;
        why.httpStatus = 501;
        why.code = "unsupported_operation";
        const std::string message =
            std::string(channel_.member().name) + " does not offer " + std::string(start.operation);
        why.message = message;
        fail(why);
        return;
    }
    send(start, operation, url);
}

void FamilyExchange::send(const Start& start, Operation operation, std::string_view url)
{
    listsModels_ = operation == Operation::models;
    const bool asks = !listsModels_;
    Request request(kRequest, asks ? "POST" : "GET", url);
    request.keyed();
    for (const auto& [name, value] : channel_.headers())
        request.header(name, value);

    const std::string_view accept = start.header("accept");
    if (!accept.empty())
        request.header("Accept", accept);
    else if (start.stream)
        request.header("Accept", "text/event-stream");

    sdk::JsonPatch patch = start.patch();
    if (asks)
    {
        const std::string_view type = view(start.record.content_type);
        request.header("Content-Type", type.empty() ? "application/json" : type);
        // A model that stands only in the client's path has to go into the body; one that stands nowhere is the
        // upstream's choice.
        if (start.model != start.requestedModel || (!patch.has("model") && operation == Operation::embeddings))
            patch.setText("model", start.model);
        if (start.stream && !start.wantsUsage && channel_.asksForUsage() && streamsUsage(operation))
        {
            patch.setWithin("stream_options", "include_usage", "true");
            forwardFlags_ |= SWY_FORWARD_DROP_USAGE_CHUNK;
        }
        request.body(patch);
    }
    this->request(request);
}

void FamilyExchange::onResponseHead(const ResponseHead& head)
{
    if (!head.ok() || listsModels_)
    {
        status_ = head.status;
        retryAfterMs_ = retryAfter(head.header("retry-after-ms"), head.header("retry-after"), now());
        return;
    }
    const auto conventions = channel_.member().conventions;
    std::string_view needles[kMostConventions];
    for (size_t i = 0; i < conventions.size(); ++i)
        needles[i] = conventions[i].needle;
    switch (conventions.size())
    {
    case 0:
        forward(kRequest, SWY_DIALECT_OPENAI, forwardFlags_);
        break;
    case 1:
        forward(kRequest, SWY_DIALECT_OPENAI, forwardFlags_, {needles[0]});
        break;
    default:
        forward(kRequest, SWY_DIALECT_OPENAI, forwardFlags_, {needles[0], needles[1]});
    }
}

void FamilyExchange::onResponseBody(uint64_t, std::string_view bytes)
{
    // One byte more than a list may have tells that it has too many.
    const size_t most = status_ < 300 ? kMostModelList + 1 : kMostRefusal;
    kept_.append(bytes.substr(0, most - std::min(most, kept_.size())));
}

void FamilyExchange::onResponseEnd(uint64_t)
{
    if (status_ < 300)
        answerModels();
    else
        refuse();
}

/// Some upstreams answer with a bare list in place of OpenAI's object around it.
void FamilyExchange::answerModels()
{
    const sdk::JsonView answer(kept_);
    if (kept_.size() > kMostModelList || (!answer.isArray() && !answer["data"].isArray()))
    {
        fail(Cause::upstreamBroken, Scope::channel, "the upstream's answer is no list of models");
        return;
    }
    if (answer.isArray()) emit(R"({"object":"list","data":)");
    emit(kept_);
    if (answer.isArray()) emit("}");
    finish();
}

void FamilyExchange::refuse()
{
    Problem problem = readFailure(status_, kept_, channel_.member().words, channel_.key());
    problem.retryAfterMs = retryAfterMs_;
    hideKey(kept_, channel_.key());
    report(problem, kept_);
}

void FamilyExchange::onTap(const Tap& tap)
{
    TapReport found;
    // The host names the needle that it saw first; a frame may hold others too.
    for (const Convention& convention : channel_.member().conventions)
        if (tap.data.find(convention.needle) != std::string_view::npos) convention.read(tap.data, found);
    if (found.problem)
        report(*found.problem, tap.data);
    else if (found.usage)
        usage(*found.usage);
}

void FamilyExchange::report(const Problem& problem, std::string_view upstream)
{
    ErrorReport why;
    why.cause = problem.cause;
    why.scope = problem.scope;
    why.httpStatus = problem.httpStatus;
    why.retryAfterMs = problem.retryAfterMs;
    why.message = problem.message;
    why.type = problem.type;
    why.code = problem.code;
    why.param = problem.param;
    why.upstream = upstream;
    fail(why);
}

} // namespace switchyard::openai
