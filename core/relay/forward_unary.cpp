#include "relay/forward_unary.h"

#include "base/text.h"
#include "relay/answer_reading.h"
#include "relay/answer_scan.h"
#include "relay/body_scan.h"
#include "relay/byte_search.h"
#include "relay/error_render.h"
#include "switchyard/provider.h"

#include <algorithm>

namespace switchyard::relay
{

using providers::Failure;
using sdk::JsonView;

namespace
{

/// How much of a body that is no answer is worth keeping.
constexpr size_t kErrorRoom = size_t{64} << 10;

Failure brokenAnswer(std::string message, std::string_view body)
{
    Failure failure;
    failure.cause = providers::Cause::upstreamBroken;
    failure.scope = providers::Scope::channel;
    failure.message = "The provider's answer is not usable: " + std::move(message) + ".";
    failure.upstream = body.substr(0, 4096);
    return failure;
}

/// The bytes of an answer with top-level `model` exchanged. The parts are of no use then.
void replaceModel(std::string& body, const JsonView& given, std::string_view model)
{
    if (!given.isString() || given.is(model)) return;
    const size_t at = static_cast<size_t>(given.json().data() - body.data());
    body.replace(at, given.json().size(), jsonQuoted(model));
}

} // namespace

UnaryForwarder::UnaryForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan, providers::TapPort& taps)
    : taps_(taps), needles_(plan.needles), texts_(request.texts), requestedModel_(request.requestedModel), flags_(plan.flags),
      status_(plan.status)
{
}

const Failure* UnaryForwarder::feed(std::string_view bytes, OutputQueue&)
{
    if (over_) return nullptr;
    body_.append(bytes);
    return body_.size() > kMaxAnswer ? broken("it is longer than 64 MiB") : nullptr;
}

const Failure* UnaryForwarder::end(bool complete, OutputQueue& out)
{
    if (over_) return nullptr;
    if (status_ >= 400) return fail(failureFromOpenAiError(status_, std::string_view(body_).substr(0, kErrorRoom)));
    if (!complete) return broken("the connection broke before its end");
    const std::optional<AnswerParts> parts = scanAnswer(body_);
    if (!parts) return notJson();
    if (isError(parts->error)) return fail(failureFromOpenAiError(status_, body_));
    const JsonView usage = parts->usage.isObject() ? parts->usage : parts->groq["usage"];
    observed_.badUsage = readUsageObject(usage, observed_.usage) == UsageReading::bad;
    observed_.finish = finishReasonOf(parts->choices);
    std::string scratch;
    observed_.upstreamId = parts->id.text(scratch).substr(0, 128);
    bool changed = false;
    for (size_t i = 0; i < needles_.size(); ++i)
    {
        if (!containsBytes(body_, needles_[i])) continue;
        const providers::TapVerdict verdict = taps_.tap(static_cast<uint32_t>(i), body_, body_);
        if (verdict == providers::TapVerdict::failed)
        {
            over_ = true;
            return nullptr;
        }
        if (verdict == providers::TapVerdict::replace) body_ = taps_.replacement();
        if (verdict == providers::TapVerdict::drop) body_.clear();
        changed = true;
        break;
    }
    if (texts_ && !observed_.usage.reported) tellTexts(JsonView(body_), *texts_); // counted only where nobody else has
    if (!changed && (flags_ & SWY_FORWARD_REPLACE_MODEL) != 0) replaceModel(body_, parts->model, requestedModel_);
    observed_.usage.final = observed_.usage.reported;
    observed_.ended = observed_.committed = over_ = true;
    out.own(std::move(body_));
    out.endFrame();
    return nullptr;
}

const Failure* UnaryForwarder::notJson()
{
    const auto scanned = scanBody(body_); // tells where
    return broken("it is not valid JSON (at byte " + std::to_string(scanned ? body_.size() : scanned.error().offset) + ")");
}

const Failure* UnaryForwarder::broken(std::string message) { return fail(brokenAnswer(std::move(message), body_)); }

const Failure* UnaryForwarder::fail(Failure failure)
{
    failure_ = std::move(failure);
    over_ = true;
    std::string().swap(body_);
    return &failure_;
}

const Failure* BytesForwarder::feed(std::string_view bytes, OutputQueue& out)
{
    if (bytes.empty()) return nullptr;
    if (status_ >= 400)
    {
        error_.append(bytes.substr(0, kErrorRoom - std::min(kErrorRoom, error_.size())));
        return nullptr;
    }
    observed_.committed = true;
    out.view(bytes);
    return nullptr;
}

const Failure* BytesForwarder::end(bool complete, OutputQueue& out)
{
    if (status_ >= 400)
    {
        failure_ = failureFromOpenAiError(status_, error_);
        return &failure_;
    }
    if (!complete)
    {
        failure_ = brokenAnswer("the connection broke before its end", {});
        return &failure_;
    }
    observed_.ended = observed_.committed = true;
    out.endFrame();
    return nullptr;
}

} // namespace switchyard::relay
