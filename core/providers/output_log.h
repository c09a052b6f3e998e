// What the actions of an event handed over, in their order, until the sink takes it.
#pragma once

#include "providers/answer_sink.h"

#include <switchyard/provider.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::providers
{

/// Events may run on a helper thread while sinks live on the loop, and what a plug-in gives is gone when its action
/// returns: so outputs are copied here and replayed. Costs no memory while it is empty. [one thread at a time]
class OutputLog
{
public:
    void delta(const swy_delta_t& piece);
    void answerHead(const swy_answer_head_t& head);
    void emit(std::string_view bytes);
    /// For an emit of known size that comes in pieces: follow it by append() of exactly so many bytes.
    void beginEmit(size_t size);
    void append(std::string_view bytes) { bytes_.append(bytes); }
    void usage(const swy_usage_t& usage);

    bool empty() const noexcept { return bytes_.empty(); }
    /// Hands all to the sink, in order; stops at the sink's failure. What was handed over stays where it is until
    /// clear().
    const Failure* replay(AnswerSink& sink) const;
    /// Forgets all and gives large memory back.
    void clear() noexcept;

private:
    std::string bytes_;
};

} // namespace switchyard::providers
