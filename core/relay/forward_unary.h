// A whole answer in OpenAI's dialect, and finished bytes, on their way through (forwarder.h).
#pragma once

#include "relay/forwarder.h"

#include <span>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// One JSON document. It is kept until its end: only then is it known to be whole and no error in disguise, and until then
/// another candidate can be tried.
class UnaryForwarder final : public Forwarder
{
public:
    UnaryForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan, providers::TapPort& taps);

    const providers::Failure* feed(std::string_view bytes, OutputQueue& out) override;
    const providers::Failure* end(bool complete, OutputQueue& out) override;

private:
    const providers::Failure* broken(std::string message);
    const providers::Failure* notJson();
    const providers::Failure* fail(providers::Failure failure);

    providers::TapPort& taps_;
    std::span<const std::string> needles_;
    TextObserver* texts_;
    std::string_view requestedModel_;
    uint32_t flags_;
    int status_;
    bool over_ = false;
    std::string body_;
};

/// Dialect `bytes`, and dialects that are not metered: passed on as it comes.
class BytesForwarder final : public Forwarder
{
public:
    explicit BytesForwarder(const providers::ForwardPlan& plan) : status_(plan.status) {}

    const providers::Failure* feed(std::string_view bytes, OutputQueue& out) override;
    const providers::Failure* end(bool complete, OutputQueue& out) override;

private:
    int status_;
    std::string error_; // the body of an error status: it becomes a failure, not an answer
};

} // namespace switchyard::relay
