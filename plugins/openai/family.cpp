#include "family.h"

#include "conventions.h"
#include "schemas.h"

namespace switchyard::openai
{

namespace
{

#include "models/models.inc"

struct OperationRow
{
    const char* name;
    std::string_view clientPath;
};
// Tables: one row a line as far as it goes.
// clang-format off
constexpr OperationRow kOperations[kOperationCount] = {
    {SWY_OP_CHAT, "/v1/chat/completions"},
    {SWY_OP_COMPLETIONS, "/v1/completions"},
    {SWY_OP_EMBEDDINGS, "/v1/embeddings"},
    {SWY_OP_MODERATIONS, "/v1/moderations"},
    {SWY_OP_MODELS, "/v1/models"},
};

constexpr OperationSet kChat = only(Operation::chat);
constexpr OperationSet kCompletions = only(Operation::completions);
constexpr OperationSet kEmbeddings = only(Operation::embeddings);
constexpr OperationSet kModels = only(Operation::models);
// Whatever the upstream makes of it: what it lacks it refuses itself.
constexpr OperationSet kAll = kChat | kCompletions | kEmbeddings | only(Operation::moderations) | kModels;

constexpr OwnPath kMiniMaxPaths[] = {{Operation::chat, "", "/v1/text/chatcompletion_v2"}};
constexpr OwnPath kDoubaoPaths[] = {{Operation::chat, "bot", "/api/v3/bots/chat/completions"},
                                    {Operation::chat, "", "/api/v3/chat/completions"},
                                    {Operation::embeddings, "", "/api/v3/embeddings"}};
constexpr OwnPath kNovitaPaths[] = {{Operation::chat, "", "/chat/completions"},
                                    {Operation::completions, "", "/completions"},
                                    {Operation::embeddings, "", "/embeddings"},
                                    {Operation::models, "", "/models"}};
constexpr OwnPath kBaiduPaths[] = {{Operation::chat, "", "/v2/chat/completions"},
                                   {Operation::embeddings, "", "/v2/embeddings"}};
constexpr OwnPath kSparkPaths[] = {{Operation::chat, "x1", "/v2/chat/completions"}};
constexpr OwnPath kBailianPaths[] = {{Operation::chat, "", "/compatible-mode/v1/chat/completions"},
                                     {Operation::completions, "", "/compatible-mode/v1/completions"},
                                     {Operation::embeddings, "", "/compatible-mode/v1/embeddings"},
                                     {Operation::models, "", "/compatible-mode/v1/models"}};

constexpr Convention kGroqConventions[] = {{"\"x_groq\"", readUsageOfGroq}};
constexpr Convention kDeepSeekConventions[] = {{"\"prompt_cache_hit_tokens\"", readUsageWithCacheHits}};
constexpr Convention kMistralConventions[] = {{"\"num_cached_tokens\"", readUsageOfMistral},
                                              {"\"prompt_token_details\"", readUsageOfMistral}};
constexpr Convention kMoonshotConventions[] = {{"\"usage\"", readUsageInChoice}};
constexpr Convention kDoubaoConventions[] = {{"\"bot_usage\"", readUsageOfBot}};
constexpr Convention kMiniMaxConventions[] = {{"\"base_resp\"", readErrorInBaseResp}};
constexpr Convention kSparkConventions[] = {{"\"code\"", readErrorInCode}};
constexpr Convention kXaiConventions[] = {{"\"reasoning_tokens\"", readUsageWithoutReasoning},
                                          {"\"error\"", readErrorText}};

using Where = Word::Where;
constexpr Word kAzureWords[] = {
    {Where::code, "deploymentnotfound", Cause::noModel, Scope::model},
    {Where::code, "operationnotsupported", Cause::unsupported, Scope::model},
    {Where::code, "unsupported_api_version", Cause::badRequest, Scope::channel},
};
constexpr Word kDoubaoWords[] = {
    {Where::code, "accountoverdueerror", Cause::quota, Scope::key},
    {Where::code, "quotaexceeded", Cause::quota, Scope::key},
    {Where::code, "setlimitexceeded", Cause::quota, Scope::key},
    {Where::code, "serveroverloaded", Cause::overloaded, Scope::channel},
    {Where::code, "modelnotopen", Cause::noModel, Scope::model},
    {Where::code, "invalidendpoint.closedendpoint", Cause::noModel, Scope::model},
    {Where::code, "sensitivecontentdetected", Cause::filtered, Scope::request},
    {Where::code, "inputtextriskdetection", Cause::filtered, Scope::request},
    {Where::code, "outputtextriskdetection", Cause::filtered, Scope::request},
    {Where::code, "inputimageriskdetection", Cause::filtered, Scope::request},
};
constexpr Word kNovitaWords[] = {
    {Where::code, "not_enough_balance", Cause::quota, Scope::key},
    {Where::code, "service_not_available", Cause::overloaded, Scope::channel},
};
constexpr Word kSiliconFlowWords[] = {
    {Where::code, "20012", Cause::noModel, Scope::model},
    {Where::code, "30001", Cause::quota, Scope::key},
    {Where::code, "30003", Cause::noModel, Scope::model},
    {Where::code, "50505", Cause::overloaded, Scope::model},
};
constexpr Word kMoonshotWords[] = {
    {Where::code, "exceeded_current_quota_error", Cause::quota, Scope::key},
    {Where::code, "engine_overloaded_error", Cause::overloaded, Scope::channel},
    {Where::message, "exceeded model token limit", Cause::tooLong, Scope::request},
    {Where::message, "token length too long", Cause::tooLong, Scope::request},
};
constexpr Word kBaiduWords[] = {
    {Where::code, "invalid_model", Cause::noModel, Scope::model},
    {Where::code, "characters_too_long", Cause::tooLong, Scope::request},
};
constexpr Word kBailianWords[] = {
    {Where::code, "arrearage", Cause::quota, Scope::key},
    {Where::code, "data_inspection_failed", Cause::filtered, Scope::request},
};
constexpr Word kGroqWords[] = {
    {Where::code, "model_decommissioned", Cause::noModel, Scope::model},
};
constexpr Word kMistralWords[] = {
    {Where::code, "3505", Cause::overloaded, Scope::model},
};
constexpr Word kXaiWords[] = {
    {Where::message, "content violates usage guidelines", Cause::filtered, Scope::request},
};
constexpr Word kOpenrouterWords[] = {
    {Where::message, "flagged", Cause::filtered, Scope::request, 403},
    {Where::message, "moderation", Cause::filtered, Scope::request, 403},
};
constexpr Word kTogetherWords[] = {
    {Where::message, "max_new_tokens", Cause::tooLong, Scope::request, 403},
    {Where::message, "max_tokens", Cause::tooLong, Scope::request, 403},
};

/// The resellers differ in name and address alone.
constexpr Member reseller(const char* id, const char* name, uint32_t type, const char* baseUrl, const char* keyHint)
{
    return {.id = id, .name = name, .vendor = name, .homePage = nullptr, .typeNumber = type, .baseUrl = baseUrl,
            .path = PathRule::clientPath, .operations = kAll, .models = kModelsOpenAI, .keyHint = keyHint,
            .configSchema = kSchemaCommon};
}

constexpr Member kFamily[] = {
    {.id = "openai", .name = "OpenAI", .vendor = "OpenAI", .homePage = "https://platform.openai.com", .typeNumber = 1,
     .baseUrl = "https://api.openai.com", .path = PathRule::openai, .operations = kAll, .models = kModelsOpenAI,
     .keyHint = "sk-...", .configSchema = kSchemaOpenai},
    {.id = "azure", .name = "Azure OpenAI", .vendor = "Microsoft", .homePage = "https://ai.azure.com", .typeNumber = 3,
     .baseUrl = nullptr, .path = PathRule::azure, .operations = kChat | kCompletions | kEmbeddings | kModels,
     .models = kModelsOpenAI, .keyHint = "the resource's key", .configSchema = kSchemaAzure, .auth = Auth::apiKey,
     .words = kAzureWords},
    {.id = "openai-compatible", .name = "OpenAI compatible", .vendor = "any", .homePage = nullptr, .typeNumber = 50,
     .baseUrl = nullptr, .path = PathRule::versionedBase, .operations = kAll, .models = kModelsOpenAI,
     .keyHint = "empty if the server needs none", .configSchema = kSchemaOwnServer, .keyOptional = true},
    {.id = "custom", .name = "Custom (base URL without /v1)", .vendor = "any", .homePage = nullptr, .typeNumber = 8,
     .baseUrl = nullptr, .path = PathRule::clientPath, .operations = kAll, .models = kModelsOpenAI,
     .keyHint = "empty if the server needs none", .configSchema = kSchemaOwnServer, .keyOptional = true},
    {.id = "gemini-openai", .name = "Gemini (OpenAI compatible)", .vendor = "Google",
     .homePage = "https://ai.google.dev", .typeNumber = 51,
     .baseUrl = "https://generativelanguage.googleapis.com/v1beta/openai", .path = PathRule::versionedBase,
     .operations = kAll, .models = kModelsGeminiV2, .keyHint = "AIza...", .configSchema = kSchemaCommon},
    {.id = "openrouter", .name = "OpenRouter", .vendor = "OpenRouter", .homePage = "https://openrouter.ai",
     .typeNumber = 20, .baseUrl = "https://openrouter.ai/api", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsOpenRouter, .keyHint = "sk-or-...", .configSchema = kSchemaOpenrouter, .appName = "Switchyard",
     .words = kOpenrouterWords},
    {.id = "mistral", .name = "Mistral AI", .vendor = "Mistral AI", .homePage = "https://mistral.ai", .typeNumber = 28,
     .baseUrl = "https://api.mistral.ai", .path = PathRule::clientPath, .operations = kAll, .models = kModelsMistral,
     .keyHint = "32 letters and digits", .configSchema = kSchemaCommon, .refusesUsageOption = true,
     .conventions = kMistralConventions, .words = kMistralWords},
    {.id = "groq", .name = "Groq", .vendor = "Groq", .homePage = "https://groq.com", .typeNumber = 29,
     .baseUrl = "https://api.groq.com/openai", .path = PathRule::clientPath, .operations = kAll, .models = kModelsGroq,
     .keyHint = "gsk_...", .configSchema = kSchemaCommon, .conventions = kGroqConventions, .words = kGroqWords},
    {.id = "deepseek", .name = "DeepSeek", .vendor = "DeepSeek", .homePage = "https://platform.deepseek.com",
     .typeNumber = 36, .baseUrl = "https://api.deepseek.com", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsDeepSeek, .keyHint = "sk-...", .configSchema = kSchemaCommon, .conventions = kDeepSeekConventions},
    {.id = "xai", .name = "xAI", .vendor = "xAI", .homePage = "https://x.ai", .typeNumber = 45,
     .baseUrl = "https://api.x.ai", .path = PathRule::clientPath, .operations = kAll, .models = kModelsXai,
     .keyHint = "xai-...", .configSchema = kSchemaCommon, .conventions = kXaiConventions, .words = kXaiWords},
    {.id = "togetherai", .name = "together.ai", .vendor = "Together", .homePage = "https://together.ai",
     .typeNumber = 39, .baseUrl = "https://api.together.xyz", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsTogetherAI, .keyHint = "64 hexadecimal digits", .configSchema = kSchemaCommon,
     .words = kTogetherWords},
    {.id = "moonshot", .name = "Moonshot AI (Kimi)", .vendor = "Moonshot AI", .homePage = "https://platform.moonshot.cn",
     .typeNumber = 25, .baseUrl = "https://api.moonshot.cn", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsMoonshot, .keyHint = "sk-...", .configSchema = kSchemaCommon, .conventions = kMoonshotConventions,
     .words = kMoonshotWords},
    {.id = "baichuan", .name = "Baichuan", .vendor = "Baichuan", .homePage = "https://platform.baichuan-ai.com",
     .typeNumber = 26, .baseUrl = "https://api.baichuan-ai.com", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsBaichuan, .keyHint = "sk-...", .configSchema = kSchemaCommon},
    {.id = "minimax", .name = "MiniMax", .vendor = "MiniMax", .homePage = "https://platform.minimaxi.com",
     .typeNumber = 27, .baseUrl = "https://api.minimax.chat", .path = PathRule::ownPaths, .operations = kChat,
     .models = kModelsMinimax, .keyHint = "a long text, or sk-api-...", .configSchema = kSchemaCommon,
     .ownPaths = kMiniMaxPaths, .conventions = kMiniMaxConventions},
    {.id = "doubao", .name = "Volcengine Ark (Doubao)", .vendor = "ByteDance", .homePage = "https://www.volcengine.com",
     .typeNumber = 40, .baseUrl = "https://ark.cn-beijing.volces.com", .path = PathRule::ownPaths,
     .operations = kChat | kEmbeddings, .models = kModelsDoubao, .keyHint = "a UUID", .configSchema = kSchemaCommon,
     .ownPaths = kDoubaoPaths, .conventions = kDoubaoConventions, .words = kDoubaoWords},
    {.id = "baidu-v2", .name = "Baidu Qianfan V2", .vendor = "Baidu", .homePage = "https://qianfan.cloud.baidu.com",
     .typeNumber = 47, .baseUrl = "https://qianfan.baidubce.com", .path = PathRule::ownPaths,
     .operations = kChat | kEmbeddings, .models = kModelsBaiduV2, .keyHint = "bce-v3/ALTAK-...",
     .configSchema = kSchemaCommon, .ownPaths = kBaiduPaths, .words = kBaiduWords},
    {.id = "xunfei-v2", .name = "iFlytek Spark V2", .vendor = "iFlytek", .homePage = "https://xinghuo.xfyun.cn",
     .typeNumber = 48, .baseUrl = "https://spark-api-open.xf-yun.com", .path = PathRule::clientPath, .operations = kChat,
     .models = kModelsXunfeiV2, .keyHint = "the APIPassword of the HTTP service", .configSchema = kSchemaCommon,
     .ownPaths = kSparkPaths, .conventions = kSparkConventions},
    {.id = "ali-bailian", .name = "Alibaba Cloud Bailian", .vendor = "Alibaba", .homePage = "https://bailian.console.aliyun.com",
     .typeNumber = 49, .baseUrl = "https://dashscope.aliyuncs.com", .path = PathRule::ownPaths,
     .operations = kChat | kCompletions | kEmbeddings | kModels, .models = kModelsAliBailian, .keyHint = "sk-...",
     .configSchema = kSchemaCommon, .ownPaths = kBailianPaths, .words = kBailianWords},
    {.id = "novita", .name = "Novita AI", .vendor = "Novita AI", .homePage = "https://novita.ai", .typeNumber = 41,
     .baseUrl = "https://api.novita.ai/v3/openai", .path = PathRule::ownPaths,
     .operations = kChat | kCompletions | kEmbeddings | kModels, .models = kModelsNovita, .keyHint = "sk_...",
     .configSchema = kSchemaCommon, .ownPaths = kNovitaPaths, .words = kNovitaWords},
    {.id = "siliconflow", .name = "SiliconFlow", .vendor = "SiliconFlow", .homePage = "https://siliconflow.cn",
     .typeNumber = 44, .baseUrl = "https://api.siliconflow.cn", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsSiliconFlow, .keyHint = "sk-...", .configSchema = kSchemaCommon, .words = kSiliconFlowWords},
    {.id = "stepfun", .name = "StepFun", .vendor = "StepFun", .homePage = "https://platform.stepfun.com",
     .typeNumber = 32, .baseUrl = "https://api.stepfun.com", .path = PathRule::clientPath, .operations = kAll,
     .models = kModelsStepFun, .keyHint = "a long text", .configSchema = kSchemaCommon},
    {.id = "lingyiwanwu", .name = "01.AI Lingyiwanwu (Yi)", .vendor = "01.AI",
     .homePage = "https://platform.lingyiwanwu.com", .typeNumber = 31, .baseUrl = "https://api.lingyiwanwu.com",
     .path = PathRule::clientPath, .operations = kAll, .models = kModelsLingYiWanWu, .keyHint = "a long text",
     .configSchema = kSchemaCommon},
    {.id = "ai360", .name = "360 Zhinao", .vendor = "360", .homePage = "https://ai.360.com", .typeNumber = 19,
     .baseUrl = "https://ai.360.cn", .path = PathRule::clientPath, .operations = kAll, .models = kModelsAI360,
     .keyHint = "fk...", .configSchema = kSchemaCommon},
    reseller("fastgpt", "FastGPT", 22, "https://fastgpt.run/api/openapi", "APIKey-AppId"),
    reseller("api2d", "API2D", 2, "https://oa.api2d.net", "fk..."),
    reseller("closeai", "CloseAI", 4, "https://api.closeai-proxy.xyz", "sk-..."),
    reseller("openai-sb", "OpenAI-SB", 5, "https://api.openai-sb.com", "sb-..."),
    reseller("openaimax", "OpenAI Max", 6, "https://api.openaimax.com", "sk-..."),
    reseller("ohmygpt", "OhMyGPT", 7, "https://api.ohmygpt.com", "sk-..."),
    reseller("ails", "AI.LS", 9, "https://api.caipacity.com", "sk-..."),
    reseller("aiproxy", "AI Proxy", 10, "https://api.aiproxy.io", "ap-..."),
    reseller("api2gpt", "API2GPT", 12, "https://api.api2gpt.com", "sk-..."),
    reseller("aigc2d", "AIGC2D", 13, "https://api.aigc2d.com", "sk-..."),
};
// clang-format on

constexpr bool conventionsFit()
{
    for (const Member& member : kFamily)
        if (member.conventions.size() > kMostConventions) return false;
    return true;
}
static_assert(conventionsFit(), "exchange.cpp names each needle");

} // namespace

bool findOperation(std::string_view name, Operation& operation)
{
    for (size_t i = 0; i < kOperationCount; ++i)
        if (name == kOperations[i].name)
        {
            operation = static_cast<Operation>(i);
            return true;
        }
    return false;
}

const char* nameOf(Operation operation) { return kOperations[static_cast<size_t>(operation)].name; }

std::string_view clientPathOf(Operation operation) { return kOperations[static_cast<size_t>(operation)].clientPath; }

std::span<const Member> family() { return kFamily; }

} // namespace switchyard::openai
