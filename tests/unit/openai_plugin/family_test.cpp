// Each provider of the family against its page: where requests go and what they carry. Expectations are written out by
// hand; nothing here asks the plug-in's code what they should be.
#include "plugin_in_hand.h"

#include "switchyard/json_scan.hpp"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <set>

using namespace switchyard::testing;

namespace
{

constexpr const char* kChat = SWY_OP_CHAT;
constexpr const char* kCompletions = SWY_OP_COMPLETIONS;
constexpr const char* kEmbeddings = SWY_OP_EMBEDDINGS;
constexpr const char* kModerations = SWY_OP_MODERATIONS;
constexpr const char* kModels = SWY_OP_MODELS;

struct Row
{
    const char* id;
    uint32_t type;
    const char* baseUrl; ///< nullptr: the default
    const char* chat;    ///< nullptr: the provider has no such operation
    const char* completions;
    const char* embeddings;
    const char* moderations;
    const char* models;
    const char* keyHeader = "Authorization";
    const char* keyValue = "Bearer the-key-123";
};

// clang-format off
// From the master table's "URL built" and "Auth" columns and each provider's page.
constexpr Row kRows[] = {
    {"openai", 1, nullptr, "https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/completions",
     "https://api.openai.com/v1/embeddings", "https://api.openai.com/v1/moderations", "https://api.openai.com/v1/models"},
    {"api2d", 2, nullptr, "https://oa.api2d.net/v1/chat/completions", "https://oa.api2d.net/v1/completions",
     "https://oa.api2d.net/v1/embeddings", "https://oa.api2d.net/v1/moderations", "https://oa.api2d.net/v1/models"},
    {"azure", 3, "https://me.openai.azure.com",
     "https://me.openai.azure.com/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-10-21",
     "https://me.openai.azure.com/openai/deployments/gpt-35-turbo/completions?api-version=2024-10-21",
     "https://me.openai.azure.com/openai/deployments/gpt-35-turbo/embeddings?api-version=2024-10-21", nullptr,
     "https://me.openai.azure.com/openai/models?api-version=2024-10-21", "api-key", "the-key-123"},
    {"closeai", 4, nullptr, "https://api.closeai-proxy.xyz/v1/chat/completions",
     "https://api.closeai-proxy.xyz/v1/completions", "https://api.closeai-proxy.xyz/v1/embeddings",
     "https://api.closeai-proxy.xyz/v1/moderations", "https://api.closeai-proxy.xyz/v1/models"},
    {"openai-sb", 5, nullptr, "https://api.openai-sb.com/v1/chat/completions", "https://api.openai-sb.com/v1/completions",
     "https://api.openai-sb.com/v1/embeddings", "https://api.openai-sb.com/v1/moderations",
     "https://api.openai-sb.com/v1/models"},
    {"openaimax", 6, nullptr, "https://api.openaimax.com/v1/chat/completions", "https://api.openaimax.com/v1/completions",
     "https://api.openaimax.com/v1/embeddings", "https://api.openaimax.com/v1/moderations",
     "https://api.openaimax.com/v1/models"},
    {"ohmygpt", 7, nullptr, "https://api.ohmygpt.com/v1/chat/completions", "https://api.ohmygpt.com/v1/completions",
     "https://api.ohmygpt.com/v1/embeddings", "https://api.ohmygpt.com/v1/moderations", "https://api.ohmygpt.com/v1/models"},
    {"custom", 8, "https://own.example/prefix", "https://own.example/prefix/v1/chat/completions",
     "https://own.example/prefix/v1/completions", "https://own.example/prefix/v1/embeddings",
     "https://own.example/prefix/v1/moderations", "https://own.example/prefix/v1/models"},
    {"ails", 9, nullptr, "https://api.caipacity.com/v1/chat/completions", "https://api.caipacity.com/v1/completions",
     "https://api.caipacity.com/v1/embeddings", "https://api.caipacity.com/v1/moderations",
     "https://api.caipacity.com/v1/models"},
    {"aiproxy", 10, nullptr, "https://api.aiproxy.io/v1/chat/completions", "https://api.aiproxy.io/v1/completions",
     "https://api.aiproxy.io/v1/embeddings", "https://api.aiproxy.io/v1/moderations", "https://api.aiproxy.io/v1/models"},
    {"api2gpt", 12, nullptr, "https://api.api2gpt.com/v1/chat/completions", "https://api.api2gpt.com/v1/completions",
     "https://api.api2gpt.com/v1/embeddings", "https://api.api2gpt.com/v1/moderations", "https://api.api2gpt.com/v1/models"},
    {"aigc2d", 13, nullptr, "https://api.aigc2d.com/v1/chat/completions", "https://api.aigc2d.com/v1/completions",
     "https://api.aigc2d.com/v1/embeddings", "https://api.aigc2d.com/v1/moderations", "https://api.aigc2d.com/v1/models"},
    {"ai360", 19, nullptr, "https://ai.360.cn/v1/chat/completions", "https://ai.360.cn/v1/completions",
     "https://ai.360.cn/v1/embeddings", "https://ai.360.cn/v1/moderations", "https://ai.360.cn/v1/models"},
    {"openrouter", 20, nullptr, "https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api/v1/completions",
     "https://openrouter.ai/api/v1/embeddings", "https://openrouter.ai/api/v1/moderations",
     "https://openrouter.ai/api/v1/models"},
    {"fastgpt", 22, nullptr, "https://fastgpt.run/api/openapi/v1/chat/completions",
     "https://fastgpt.run/api/openapi/v1/completions", "https://fastgpt.run/api/openapi/v1/embeddings",
     "https://fastgpt.run/api/openapi/v1/moderations", "https://fastgpt.run/api/openapi/v1/models"},
    {"moonshot", 25, nullptr, "https://api.moonshot.cn/v1/chat/completions", "https://api.moonshot.cn/v1/completions",
     "https://api.moonshot.cn/v1/embeddings", "https://api.moonshot.cn/v1/moderations", "https://api.moonshot.cn/v1/models"},
    {"baichuan", 26, nullptr, "https://api.baichuan-ai.com/v1/chat/completions",
     "https://api.baichuan-ai.com/v1/completions", "https://api.baichuan-ai.com/v1/embeddings",
     "https://api.baichuan-ai.com/v1/moderations", "https://api.baichuan-ai.com/v1/models"},
    {"minimax", 27, nullptr, "https://api.minimax.chat/v1/text/chatcompletion_v2", nullptr, nullptr, nullptr, nullptr},
    {"mistral", 28, nullptr, "https://api.mistral.ai/v1/chat/completions", "https://api.mistral.ai/v1/completions",
     "https://api.mistral.ai/v1/embeddings", "https://api.mistral.ai/v1/moderations", "https://api.mistral.ai/v1/models"},
    {"groq", 29, nullptr, "https://api.groq.com/openai/v1/chat/completions", "https://api.groq.com/openai/v1/completions",
     "https://api.groq.com/openai/v1/embeddings", "https://api.groq.com/openai/v1/moderations",
     "https://api.groq.com/openai/v1/models"},
    {"lingyiwanwu", 31, nullptr, "https://api.lingyiwanwu.com/v1/chat/completions",
     "https://api.lingyiwanwu.com/v1/completions", "https://api.lingyiwanwu.com/v1/embeddings",
     "https://api.lingyiwanwu.com/v1/moderations", "https://api.lingyiwanwu.com/v1/models"},
    {"stepfun", 32, nullptr, "https://api.stepfun.com/v1/chat/completions", "https://api.stepfun.com/v1/completions",
     "https://api.stepfun.com/v1/embeddings", "https://api.stepfun.com/v1/moderations", "https://api.stepfun.com/v1/models"},
    {"deepseek", 36, nullptr, "https://api.deepseek.com/v1/chat/completions", "https://api.deepseek.com/v1/completions",
     "https://api.deepseek.com/v1/embeddings", "https://api.deepseek.com/v1/moderations",
     "https://api.deepseek.com/v1/models"},
    {"togetherai", 39, nullptr, "https://api.together.xyz/v1/chat/completions", "https://api.together.xyz/v1/completions",
     "https://api.together.xyz/v1/embeddings", "https://api.together.xyz/v1/moderations",
     "https://api.together.xyz/v1/models"},
    {"doubao", 40, nullptr, "https://ark.cn-beijing.volces.com/api/v3/chat/completions", nullptr,
     "https://ark.cn-beijing.volces.com/api/v3/embeddings", nullptr, nullptr},
    {"novita", 41, nullptr, "https://api.novita.ai/v3/openai/chat/completions",
     "https://api.novita.ai/v3/openai/completions", "https://api.novita.ai/v3/openai/embeddings", nullptr,
     "https://api.novita.ai/v3/openai/models"},
    {"siliconflow", 44, nullptr, "https://api.siliconflow.cn/v1/chat/completions",
     "https://api.siliconflow.cn/v1/completions", "https://api.siliconflow.cn/v1/embeddings",
     "https://api.siliconflow.cn/v1/moderations", "https://api.siliconflow.cn/v1/models"},
    {"xai", 45, nullptr, "https://api.x.ai/v1/chat/completions", "https://api.x.ai/v1/completions",
     "https://api.x.ai/v1/embeddings", "https://api.x.ai/v1/moderations", "https://api.x.ai/v1/models"},
    {"baidu-v2", 47, nullptr, "https://qianfan.baidubce.com/v2/chat/completions", nullptr,
     "https://qianfan.baidubce.com/v2/embeddings", nullptr, nullptr},
    {"xunfei-v2", 48, nullptr, "https://spark-api-open.xf-yun.com/v1/chat/completions", nullptr, nullptr, nullptr, nullptr},
    {"ali-bailian", 49, nullptr, "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
     "https://dashscope.aliyuncs.com/compatible-mode/v1/completions",
     "https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings", nullptr,
     "https://dashscope.aliyuncs.com/compatible-mode/v1/models"},
    {"openai-compatible", 50, "https://host.example/api/v3", "https://host.example/api/v3/chat/completions",
     "https://host.example/api/v3/completions", "https://host.example/api/v3/embeddings",
     "https://host.example/api/v3/moderations", "https://host.example/api/v3/models"},
    {"gemini-openai", 51, nullptr, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
     "https://generativelanguage.googleapis.com/v1beta/openai/completions",
     "https://generativelanguage.googleapis.com/v1beta/openai/embeddings",
     "https://generativelanguage.googleapis.com/v1beta/openai/moderations",
     "https://generativelanguage.googleapis.com/v1beta/openai/models"},
};
// clang-format on

bool offers(const swy_provider_t* provider, const char* operation)
{
    for (const char* const* each = provider->descriptor->operations; *each; ++each)
        if (std::string(*each) == operation) return true;
    return false;
}

} // namespace

class FamilyTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FamilyTest);
    CPPUNIT_TEST(everyOperationOfEveryProviderGoesWhereItsPageSays);
    CPPUNIT_TEST(everyTypeNumberOfTheFamilyIsServedOnce);
    CPPUNIT_TEST(openaiIsTheFirstProvider);
    CPPUNIT_TEST(defaultModelsAreNamed);
    CPPUNIT_TEST(formsAreJsonSchemas);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { plugin_ = std::make_unique<PluginInHand>(SWITCHYARD_TEST_PLUGIN); }
    void tearDown() override { plugin_.reset(); }

    void everyOperationOfEveryProviderGoesWhereItsPageSays()
    {
        for (const Row& row : kRows)
        {
            const auto channel = plugin_->channel(row.id, row.baseUrl ? row.baseUrl : "", "the-key-123");
            check(row, *channel, kChat, row.chat);
            check(row, *channel, kCompletions, row.completions);
            check(row, *channel, kEmbeddings, row.embeddings);
            check(row, *channel, kModerations, row.moderations);
            check(row, *channel, kModels, row.models);
        }
    }

    void everyTypeNumberOfTheFamilyIsServedOnce()
    {
        std::map<uint32_t, std::string> served;
        for (const swy_provider_t* provider : plugin_->providers())
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(provider->descriptor->id, 1u, provider->descriptor->type_number_count);
            const auto [at, fresh] = served.emplace(provider->descriptor->type_numbers[0], provider->descriptor->id);
            CPPUNIT_ASSERT_MESSAGE(at->second, fresh);
        }
        CPPUNIT_ASSERT_EQUAL(std::size(kRows), served.size());
        for (const Row& row : kRows)
            CPPUNIT_ASSERT_EQUAL(std::string(row.id), served[row.type]);
    }

    void openaiIsTheFirstProvider()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("openai"), std::string(plugin_->providers()[0]->descriptor->id));
    }

    void defaultModelsAreNamed()
    {
        const std::map<std::string, size_t> counts = {{"openai", 53},      {"openrouter", 231}, {"groq", 21},
                                                      {"siliconflow", 30}, {"baidu-v2", 23},    {"gemini-openai", 13},
                                                      {"novita", 13}};
        for (const auto& [id, count] : counts)
        {
            const swy_descriptor_t* said = plugin_->provider(id)->descriptor;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, count, static_cast<size_t>(said->model_count));
            std::set<std::string> names;
            for (uint32_t i = 0; i < said->model_count; ++i)
                names.insert(said->models[i]->name);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id, count, names.size());
        }
    }

    void formsAreJsonSchemas();

private:
    void check(const Row& row, const ChannelInHand& channel, const char* operation, const char* url)
    {
        const std::string what = std::string(row.id) + " " + operation;
        StartWith with;
        with.operation = operation;
        with.model = "gpt-3.5-turbo";
        with.body = operation == kModels ? std::string() : R"({"model":"gpt-3.5-turbo"})";
        const auto exchange = channel.start(with);
        const Actions& did = exchange->actions();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, url != nullptr, offers(plugin_->provider(row.id), operation));
        if (!url)
        {
            CPPUNIT_ASSERT_MESSAGE(what, did.requests.empty());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, size_t{1}, did.fails.size());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, SWY_CAUSE_UNSUPPORTED, did.fails[0].cause);
            CPPUNIT_ASSERT_MESSAGE(did.fails[0].message, did.fails[0].message.find(operation) != std::string::npos);
            return;
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, size_t{1}, did.requests.size());
        const SentRequest& sent = did.requests[0];
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(url), sent.url);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(row.keyValue), sent.header(row.keyHeader));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, std::string(operation == kModels ? "GET" : "POST"), sent.method);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, SWY_HTTP_KEYED, sent.flags & SWY_HTTP_KEYED);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(what, with.body, sent.body);
    }

    std::unique_ptr<PluginInHand> plugin_;
};

void FamilyTest::formsAreJsonSchemas()
{
    for (const swy_provider_t* provider : plugin_->providers())
    {
        const std::string_view schema = provider->descriptor->config_schema;
        CPPUNIT_ASSERT_MESSAGE(provider->descriptor->id, switchyard::sdk::checkJson(schema).problem == nullptr);
        const switchyard::sdk::JsonView form(schema);
        CPPUNIT_ASSERT_MESSAGE(provider->descriptor->id, form["type"].is("object"));
        CPPUNIT_ASSERT_MESSAGE(provider->descriptor->id, form["properties"]["include_usage"]["type"].is("boolean"));
    }
    CPPUNIT_ASSERT(
        switchyard::sdk::JsonView(plugin_->provider("azure")->descriptor->config_schema)["properties"]["api_version"]);
    CPPUNIT_ASSERT(
        switchyard::sdk::JsonView(plugin_->provider("openrouter")->descriptor->config_schema)["properties"]["app_url"]);
}

CPPUNIT_TEST_SUITE_REGISTRATION(FamilyTest);
