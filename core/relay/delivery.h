// One answer on its way to one client: what the exchange pump hands over goes through here, and nothing else writes to the
// client between plan and settle.
#pragma once

#include "net/server_connection.h"
#include "net/task.h"
#include "providers/answer_sink.h"
#include "relay/client.h"
#include "relay/delivery_bytes.h"
#include "relay/dialects/openai.h"
#include "relay/forwarder.h"
#include "relay/settlement.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// What an answer has to look like. Views live as long as the request.
struct AnswerRequest
{
    std::string_view operation; ///< SWY_OP_...
    std::string_view requestedModel;
    bool stream = false;
    bool wantsUsage = false;
};

/// What the money has to know of an answer, and to say to it (ledger.md 2, 4 and 6). [the request's loop thread]
class AnswerAccount
{
public:
    /// A text of the answer that belongs to its frame number `frame` (from 0).
    virtual void told(uint64_t frame, std::string_view text) = 0;
    /// Whether texts are wanted: not when nothing is charged by them.
    virtual bool wantsTexts() const = 0;
    /// The first semantic token is about to leave.
    virtual void committed() = 0;
    /// Whether what waits may be more than the hold pays: then it is sent a frame at a time, so that no more than one goes
    /// beyond the balance.
    virtual bool nearItsEnd() const = 0;
    /// The client's socket has accepted `frames` whole frames in all. False: the balance is at its end.
    virtual bool delivered(uint64_t frames) = 0;
    /// Everything but the last write has been done: settles, and returns when the record is written.
    virtual net::Task<void> closing() = 0;

protected:
    ~AnswerAccount() = default;
};

/// The sink of one attempt. Before anything semantic has come nothing reaches the client, so that another attempt can be
/// made with a new Delivery. Back-pressure is flush(): it returns when the client's socket has taken everything.
/// [the request's loop thread]
class Delivery final : public providers::AnswerSink, private TextObserver
{
public:
    /// `client` outlives it. `onForwarded` is called once when a stream that is passed on has begun: nobody asks for the
    /// request's bytes any more.
    /// `account` may be null: nothing is charged.
    Delivery(Client& client, const AnswerRequest& request, AnswerAccount* account, std::function<void()> onForwarded);

    const providers::Failure* forwardBegin(const providers::ForwardPlan& plan, providers::TapPort& taps) override;
    const providers::Failure* forward(std::string_view bytes) override;
    const providers::Failure* forwardEnd(bool complete) override;
    const providers::Failure* delta(const providers::Delta& piece) override;
    const providers::Failure* answerHead(int status, std::span<const providers::HeaderView> headers) override;
    const providers::Failure* emit(std::string_view bytes) override;
    void usage(std::span<const providers::Count> counts, bool final) override;
    const providers::Failure* finish() override;
    net::Task<bool> flush() override;
    bool pending() const override { return !out_.empty() || (ended_ && !closed_); }
    bool committed() const override;

    /// After the balance has ended in mid-stream: finish reason `length`, and the end of the answer.
    net::Task<bool> endAtLimit();
    /// Whether the balance ended the answer: the pump was told that the client is gone.
    bool atLimit() const noexcept { return atLimit_; }
    net::CancelReason goneBecause() const noexcept override
    {
        return atLimit_ ? net::CancelReason::quota : net::CancelReason::clientGone;
    }

    /// After a failure in mid-stream: the error in the client's dialect, and the end of the answer.
    net::Task<bool> endWithError(ApiError error);

    Client& client() noexcept { return client_; }
    /// Whether any of the answer has been sent or is about to be: then the client cannot get another one.
    bool begun() const { return client_.status() != 0 || committed(); }
    /// Whether the whole answer has been accepted by the client's socket.
    bool closed() const { return closed_; }
    /// Whether the provider's own error frame has reached the client already.
    bool errorWasPassed() const { return forwarder_ && forwarder_->observed().hasPassedError; }

    /// Usage as the plug-in reported it, else as it was seen in the answer.
    Usage usageSeen() const;
    std::string_view finishReason() const;
    std::string_view upstreamId() const;
    uint64_t bytesDelivered() const { return out_.bytesDelivered(); }
    uint64_t framesDelivered() const { return out_.framesDelivered(); }
    /// Monotonic milliseconds at which the answer was committed; 0: it was not.
    int64_t committedAt() const { return committedAt_; }

private:
    enum class Form : uint8_t
    {
        unknown,
        forwarded,
        rendered,
        emitted
    };

    void begin();
    void onText(std::string_view text) override { account_->told(out_.framesQueued(), text); }
    void tellDelta(const providers::Delta& piece);
    const providers::Failure* broken(std::string_view why);
    void noteCommit();

    Client& client_;
    AnswerRequest request_;
    AnswerAccount* account_;
    std::function<void()> onForwarded_;
    OutputQueue out_;
    std::unique_ptr<Forwarder> forwarder_;
    std::unique_ptr<DeltaRenderer> renderer_;
    std::unique_ptr<providers::Failure> failure_;
    std::string id_;      ///< of a rendered answer
    std::string headers_; ///< of the provider that the client may see, as lines
    Usage reported_;
    int64_t committedAt_ = 0;
    int status_ = 200;
    Form form_ = Form::unknown;
    bool ended_ = false;  ///< nothing more will be queued
    bool closed_ = false; ///< and the end has been sent
    bool emittedAny_ = false;
    bool atLimit_ = false;
};

} // namespace switchyard::relay
