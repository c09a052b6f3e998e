// Answers a chat with the text of its last message, word by word: what ../minimal.c does, through the C++ wrapper.
#include <switchyard/provider.hpp>

#include <string>

namespace
{

class Echo : public switchyard::Exchange
{
    void onStart(const switchyard::Start& start) override
    {
        const std::string said = lastContent(start.member("messages"));
        switchyard::Usage used;
        used.input = used.output = 0;
        for (size_t begin = 0, end; begin < said.size(); begin = end, ++used.output)
        {
            end = said.find_first_not_of(' ', said.find(' ', begin));
            if (end == std::string::npos) end = said.size();
            text(std::string_view(said).substr(begin, end - begin));
        }
        used.input = used.output;
        usage(used);
        stop("stop");
        finish();
    }

    static std::string lastContent(switchyard::sdk::JsonView messages)
    {
        switchyard::sdk::JsonView last;
        for (const auto& message : messages.elements())
            if (const auto content = message["content"]; content.isString()) last = content;
        return last.text();
    }
};

} // namespace

SWITCHYARD_PROVIDER(Echo, "echo", "Echo", SWY_OP_CHAT)
