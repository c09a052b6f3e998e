#include "speech.h"

namespace switchyard::demo
{

namespace
{

constexpr size_t kMostQuoted = 160;

struct Both
{
    const char* english;
    const char* chinese;
    const char* in(bool chineseReader) const { return chineseReader ? chinese : english; }
};

// clang-format off
constexpr Both kOpenings[] = {
    {"Hello from the demo model: no account, no key and no network were needed for this answer.",
     "你好，我是演示模型：这个回答不需要账号、密钥或网络。"},
    {"This is Switchyard's built-in demo model speaking; your request took the same way as one to a paid provider.",
     "我是 Switchyard 内置的演示模型；你的请求走的路径与付费服务商完全相同。"},
    {"Your request has come all the way through the gateway and reached its demo model.",
     "你的请求已经完整穿过网关，到达了演示模型。"},
};

struct Topic
{
    const char* words[6]; ///< any of them in the question, in lower case
    Both text;
};

constexpr Topic kTopics[] = {
    {{"railway", "train", "yard", "铁路", "编组"},
     {"In a railway switchyard the cars of many trains are sorted onto the tracks that lead where they want to go; this Switchyard does "
      "that with requests: whatever track a model lies on, and whichever track is blocked, each answer arrives whole.",
      "在铁路编组站，来自各列车的车厢被分到通往目的地的轨道上；Switchyard 对请求做同样的事：无论模型在哪条轨道、哪条轨道堵塞，每个回答都完整到达。"}},
    {{"price", "cost", "quota", "bill", "money", "费"},
     {"What a request costs is worked out from the tokens that the provider reports and the ratio of its model; the demo models "
      "have ratio 0, so they are free.",
      "请求的费用由服务商报告的 token 数与模型倍率算出；演示模型的倍率是 0，因此免费。"}},
    {{"stream", "sse", "token by token", "流"},
     {"With \"stream\": true the answer comes word by word as server-sent events, each frame passed on the moment it arrives.",
      "使用 \"stream\": true 时，回答会以服务器发送事件逐字到达，每一帧一到就立即转发。"}},
    {{"plugin", "plug-in", "provider", "adaptor", "插件"},
     {"Every provider is a plug-in: one shared object in the plug-in folder, taken into a running gateway within a second of being "
      "copied there, and replaced without losing a stream.",
      "每个服务商都是一个插件：放进插件目录的一个共享库，复制后一秒内生效，替换时不会丢失任何流。"}},
    {{"retry", "fail", "error", "alert", "重试", "错误"},
     {"To see how the gateway deals with trouble, say \"please fail with 429\" (or 400, 401, 500, 503), \"please hang\", or "
      "\"please cut the stream\".",
      "想看网关如何处理故障，可以说 \"please fail with 429\"（或 400、401、500、503）、\"please hang\" 或 \"please cut the stream\"。"}},
    {{"channel", "key", "balance", "渠道", "密钥"},
     {"A channel is a provider with an address, a key and its models; several channels for one model share the load by priority and "
      "weight, and when one fails the next one answers.",
      "渠道由服务商、地址、密钥和模型组成；同一模型的多个渠道按优先级和权重分担，一个失败时由下一个回答。"}},
    {{"tool", "function", "agent", "工具"},
     {"Offer me a tool and name it in your message, and I will call it; the result that you send back will be in my answer.",
      "给我一个工具并在消息里提到它的名字，我就会调用它；你返回的结果会出现在我的回答里。"}},
    {{"embed", "vector", "similar", "向量"},
     {"The model demo-embedding gives texts that share words vectors that lie close to each other, so a search over them makes sense.",
      "demo-embedding 模型会让含有相同词语的文本得到相近的向量，因此可以用来试验搜索。"}},
};

constexpr Both kDefault = {
    "Switchyard is a gateway for AI models: one address and one key for many providers, with priorities, retries, quotas and logs.",
    "Switchyard 是 AI 模型网关：用一个地址和一个密钥访问多个服务商，并提供优先级、重试、额度和日志。"};

constexpr Both kClosings[] = {
    {"Add a channel with a real key, and the same request gets a real answer.", "添加一个带真实密钥的渠道，同样的请求就会得到真实的回答。"},
    {"Ask me about streaming, tools, prices, plug-ins or retries.", "可以问我流式输出、工具、价格、插件或重试。"},
    {"Nothing else has to change in your client when a real model takes my place.", "换成真实模型时，你的客户端无需任何改动。"},
};

constexpr Both kMore = {
    "Behind this one address the gateway authenticates you, draws up a list of channels, sends your own bytes to the first that can "
    "answer and passes its words on as they come; what it used is counted once, whatever happens on the way.",
    "在这个地址背后，网关验证你的身份，列出可用渠道，把你的原始请求发给第一个能回答的渠道，并把它的话逐字转回；无论途中发生什么，用量只计一次。"};
// clang-format on

/// Whole words only, so that "price" is not found in "caprice"; a Chinese word anywhere.
bool holdsWord(const std::string& text, std::string_view word)
{
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        if (at == 0 || !isLetter(word[0]) || !isLetter(text[at - 1])) return true;
    return false;
}

const Both& topicOf(const std::string& said)
{
    for (const Topic& topic : kTopics)
        for (const char* word : topic.words)
            if (word && holdsWord(said, word)) return topic.text;
    return kDefault;
}

void appendAttachments(std::string& out, const ChatRequest& request, bool chinese)
{
    const auto tell = [&](size_t count, const char* one, const char* many, const char* chineseName)
    {
        if (count == 0) return;
        if (chinese)
            out +=
                "我收到了 " + std::to_string(count) + " 个" + chineseName + "，演示模型不看内容，真实模型会原样收到。";
        else
            out += " I received " + std::to_string(count) + " " + (count == 1 ? one : many) +
                   "; the demo model does not look inside, a real one gets it unchanged.";
    };
    tell(request.images, "image", "images", "图片");
    tell(request.sounds, "sound", "sounds", "音频");
    tell(request.files, "file", "files", "文件");
}

} // namespace

std::string answerTo(const ChatRequest& request, std::string_view model, Random& random)
{
    const bool chinese = isChinese(request.said);
    const std::string quoted = shortened(request.said, kMostQuoted);
    const char* gap = chinese ? "" : " ";
    if (request.answersTool)
        return (chinese ? "工具返回了：" : "The tool answered: ") + shortened(request.toolResult, 600) +
               (chinese ? "。真实模型会在此基础上继续回答。" : " A real model would go on from here.");

    std::string out = kOpenings[random.below(std::size(kOpenings))].in(chinese);
    if (!quoted.empty())
    {
        const char* asked = request.userTurns > 1 ? " Your last message was: “" : " You wrote: “";
        const bool closed = std::string_view(".!?…").find(quoted.back()) != std::string_view::npos;
        out += chinese ? "你写道：“" + quoted + "”。" : asked + quoted + (closed ? "”" : "”.");
    }
    appendAttachments(out, request, chinese);
    out += gap;
    out += topicOf(lowered(request.said)).in(chinese);
    if (model.find("large") != std::string_view::npos)
    {
        out += chinese ? "\n\n" : "\n\n";
        out += kMore.in(chinese);
    }
    out += gap;
    return out + kClosings[random.below(std::size(kClosings))].in(chinese);
}

std::string thoughtsOn(const ChatRequest& request)
{
    if (isChinese(request.said))
        return "用户写道：“" + shortened(request.said, 60) + "”。我是演示模型，可以介绍 Switchyard 并给出下一步建议。";
    return "The message says “" + shortened(request.said, 60) +
           "”. I am the demo model: I can quote it, say something about Switchyard "
           "that fits, and suggest what to try next.";
}

std::string continuationOf(const ChatRequest& request, Random& random)
{
    const bool chinese = isChinese(request.said);
    std::string out = chinese ? "" : " ";
    out += topicOf(lowered(request.said)).in(chinese);
    out += chinese ? "" : " ";
    return out + kClosings[random.below(std::size(kClosings))].in(chinese);
}

} // namespace switchyard::demo
