#include "app/channel_types.h"

#include "base/text.h"

#include <limits>

namespace switchyard::app
{

namespace
{

// The index is the number. 0 is nobody's.
constexpr std::string_view kProviders[] = {"",
                                           "openai",
                                           "api2d",
                                           "azure",
                                           "closeai",
                                           "openai-sb",
                                           "openaimax",
                                           "ohmygpt",
                                           "custom",
                                           "ails",
                                           "aiproxy",
                                           "palm",
                                           "api2gpt",
                                           "aigc2d",
                                           "anthropic",
                                           "baidu",
                                           "zhipu",
                                           "ali",
                                           "xunfei",
                                           "ai360",
                                           "openrouter",
                                           "aiproxy-library",
                                           "fastgpt",
                                           "tencent",
                                           "gemini",
                                           "moonshot",
                                           "baichuan",
                                           "minimax",
                                           "mistral",
                                           "groq",
                                           "ollama",
                                           "lingyiwanwu",
                                           "stepfun",
                                           "aws-bedrock",
                                           "coze",
                                           "cohere",
                                           "deepseek",
                                           "cloudflare",
                                           "deepl",
                                           "togetherai",
                                           "doubao",
                                           "novita",
                                           "vertexai",
                                           "proxy",
                                           "siliconflow",
                                           "xai",
                                           "replicate",
                                           "baidu-v2",
                                           "xunfei-v2",
                                           "ali-bailian",
                                           "openai-compatible",
                                           "gemini-openai"};
static_assert(std::size(kProviders) == 52);

bool isProviderId(std::string_view text) noexcept
{
    for (const char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    return !text.empty() && text.size() <= 64;
}

} // namespace

std::string_view providerIdOf(int number) noexcept
{
    return number > 0 && number < static_cast<int>(std::size(kProviders)) ? kProviders[number] : "";
}

std::optional<ChannelType> channelTypeOf(std::string_view text)
{
    if (const auto number = parseInt(text))
    {
        if (*number <= 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
        return ChannelType{static_cast<int>(*number), ""};
    }
    const std::string id = lowerAscii(text);
    if (!isProviderId(id)) return std::nullopt;
    for (int number = 1; number < static_cast<int>(std::size(kProviders)); ++number)
        if (kProviders[number] == id) return ChannelType{number, id};
    return ChannelType{0, id};
}

} // namespace switchyard::app
