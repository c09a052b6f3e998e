#include "net/body_intake.h"

namespace switchyard::net
{

Refusal BodyIntake::refusalFor(BodyBuilder::Added added) noexcept
{
    switch (added)
    {
    case BodyBuilder::Added::ok:
        return {};
    case BodyBuilder::Added::tooLarge:
        return {413, "the request body is too large"};
    default:
        return {503, "no room for the request body"};
    }
}

Refusal BodyIntake::expect(size_t size)
{
    // Compressed, the size says nothing of what comes out; an honest one is smaller, so the limit holds for it as well.
    return inflater_ ? refusalFor(size > builder_.limit() ? BodyBuilder::Added::tooLarge : BodyBuilder::Added::ok)
                     : refusalFor(builder_.expect(size));
}

Refusal BodyIntake::add(std::string_view bytes)
{
    if (!inflater_) return refusalFor(builder_.add(bytes));
    char out[16 * 1024];
    for (;;)
    {
        const Inflater::Progress progress = inflater_->run(bytes, out, sizeof(out));
        if (progress.failed) return {400, "the compressed request body is broken"};
        if (Refusal refusal = refusalFor(builder_.add({out, progress.produced}))) return refusal;
        bytes.remove_prefix(progress.consumed);
        if (bytes.empty() && progress.produced < sizeof(out)) return {};
    }
}

Refusal BodyIntake::finish(Body& out)
{
    if (inflater_ && !inflater_->complete()) return {400, "the compressed request body is cut off"};
    return builder_.finish(out) ? Refusal{} : Refusal{503, "no room for the request body"};
}

} // namespace switchyard::net
