#include "relay/forward_unary.h"

#include "base/text.h"
#include "relay/answer_reading.h"
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

/// The bytes of an answer with top-level `model` exchanged.
void replaceModel(std::string& body, const BodyIndex& index, std::string_view model)
{
    const swy_member_t* member = index.find(Field::model);
    if (!member || index.value(*member)[0] != '"' || index.model() == model) return;
    const std::string quoted = jsonQuoted(model);
    body.replace(static_cast<size_t>(member->value_offset), static_cast<size_t>(member->value_size), quoted);
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
    std::optional<BodyIndex> index;
    if (auto scanned = scanBody(body_))
        index = std::move(*scanned);
    else
        return broken("it is not valid JSON (at byte " + std::to_string(scanned.error().offset) + ")");
    // The scan has found the top-level members: nothing is looked for twice.
    const auto value = [&](std::string_view name) {
        const swy_member_t* member = index->find(name);
        return member ? JsonView::exactly(index->value(*member)) : JsonView();
    };
    if (isError(value("error"))) return fail(failureFromOpenAiError(status_, body_));
    JsonView usage = value("usage");
    if (!usage.isObject()) usage = value("x_groq")["usage"];
    observed_.badUsage = readUsageObject(usage, observed_.usage) == UsageReading::bad;
    if (body_.find("\"finish_reason\"") != std::string::npos) observed_.finish = finishReasonOf(value("choices"));
    observed_.upstreamId = value("id").text().substr(0, 128);
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
        index.reset();
        break;
    }
    if (texts_ && !observed_.usage.reported) tellTexts(JsonView(body_), *texts_); // counted only where nobody else has
    if (index && (flags_ & SWY_FORWARD_REPLACE_MODEL) != 0) replaceModel(body_, *index, requestedModel_);
    observed_.usage.final = observed_.usage.reported;
    observed_.ended = observed_.committed = over_ = true;
    out.own(std::move(body_));
    out.endFrame();
    return nullptr;
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
