// Passes a provider's answer on that is already in the client's dialect, and meters it on the way (abi.md 3, forward).
//
// Frames go out 1:1: with no flag set and no tap the bytes to the client are the provider's. Until something semantic has
// come, frames are held back (at most kMaxHeld bytes) so that another candidate can still be tried; comments wait with
// them, because sending them would fix the status at 200. What breaks silence towards the client meanwhile is the
// delivery's own keep-alive, not the provider's.
#pragma once

#include "providers/answer_sink.h"
#include "relay/delivery_bytes.h"
#include "relay/settlement.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// Frames without semantic content are held back up to here; past it they go out and the answer counts as committed.
inline constexpr size_t kMaxHeld = size_t{64} << 10;
/// A unary answer may be this large, and a frame of a stream a quarter of it.
inline constexpr size_t kMaxAnswer = size_t{64} << 20;

/// Told the texts of an answer as their frames are queued: what the ledger counts when no usage comes.
class TextObserver
{
public:
    /// Text, thinking, refusal or tool arguments, escapes resolved.
    virtual void onText(std::string_view text) = 0;

protected:
    ~TextObserver() = default;
};

struct ForwardRequest
{
    std::string_view operation;      ///< SWY_OP_...
    bool stream = false;             ///< the client asked for a stream
    std::string_view requestedModel; ///< for SWY_FORWARD_REPLACE_MODEL; lives as long as the forwarder
    TextObserver* texts = nullptr;   ///< may be nullptr
};

/// What was seen of an answer so far.
struct Observed
{
    bool committed = false; ///< something semantic has been queued: no other candidate can be tried
    bool ended = false;     ///< the answer says itself that it is whole: [DONE] or a finish reason; a valid unary answer
    Usage usage;            ///< OpenAI's numbers in the ABI's convention; the last report wins
    bool badUsage = false;  ///< a usage report was no set of counts from 0 to 1e9 and is not in `usage`
    std::string finish;     ///< the last finish reason
    std::string upstreamId; ///< the answer's `id`
    /// An error that came after the commit and went to the client as the provider's own frame; cause internal and an empty
    /// message: none. The client needs no second one.
    providers::Failure passedError;
    bool hasPassedError = false;
};

/// One answer being passed on. [the request's loop thread]
class Forwarder
{
public:
    virtual ~Forwarder() = default;

    /// More of the answer. What goes to the client is queued in `out`, as views into `bytes` where possible. A Failure (owned
    /// by the forwarder) ends the exchange; before the commit nothing has been queued.
    virtual const providers::Failure* feed(std::string_view bytes, OutputQueue& out) = 0;
    /// The answer's body has ended; `complete` is false when the connection broke first.
    virtual const providers::Failure* end(bool complete, OutputQueue& out) = 0;

    const Observed& observed() const { return observed_; }

protected:
    Observed observed_;
    providers::Failure failure_;
};

/// The forwarder for a plan: dialect `openai` (stream and unary), or `bytes` for anything else. `taps` outlives it; `plan`
/// need live only for this call, except its needles.
std::unique_ptr<Forwarder> makeForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan,
                                         providers::TapPort& taps);

} // namespace switchyard::relay
