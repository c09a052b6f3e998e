// A channel's form: where its requests go, what they carry, and what is refused.
#include "family_fixture.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

using namespace switchyard::testing;

class ChannelTest : public FamilyFixture
{
    CPPUNIT_TEST_SUITE(ChannelTest);
    CPPUNIT_TEST(cloudflareGatewayDropsTheVersion);
    CPPUNIT_TEST(baseUrlsOfAllSpellings);
    CPPUNIT_TEST(azureDeployments);
    CPPUNIT_TEST(azureVersions);
    CPPUNIT_TEST(modelsWithPathsOfTheirOwn);
    CPPUNIT_TEST(formSetsHeaders);
    CPPUNIT_TEST(openrouterIsToldOurNameOnly);
    CPPUNIT_TEST(badFormsNameTheField);
    CPPUNIT_TEST(ownServersNeedNoKey);
    CPPUNIT_TEST_SUITE_END();

public:
    void cloudflareGatewayDropsTheVersion()
    {
        const StartWith with = chat(R"({"model":"gpt-4.1"})");
        StartWith named = with;
        named.model = "gpt-4.1";
        CPPUNIT_ASSERT_EQUAL(std::string("https://gateway.ai.cloudflare.com/v1/acc/gw/openai/chat/completions"),
                             sentBy("openai", with, "{}", "https://gateway.ai.cloudflare.com/v1/acc/gw/openai").url);
        CPPUNIT_ASSERT_EQUAL(
            std::string("https://gateway.ai.cloudflare.com/v1/acc/gw/azure-openai/res/gpt-41/chat/"
                        "completions?api-version=2024-10-21"),
            sentBy("azure", named, "{}", "https://gateway.ai.cloudflare.com/v1/acc/gw/azure-openai/res").url);
    }

    void baseUrlsOfAllSpellings()
    {
        const StartWith with = chat(R"({"model":"m"})");
        const std::string expected = "https://h.example/v1/chat/completions";
        for (const char* base : {"https://h.example", "https://h.example/", "https://h.example//",
                                 "https://h.example/v1", "https://h.example/v1/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(base, expected, sentBy("custom", with, "{}", base).url);
        for (const char* base : {"https://h.example/v1", "https://h.example/v1/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(base, expected, sentBy("openai-compatible", with, "{}", base).url);
    }

    void azureDeployments()
    {
        StartWith with = chat(R"({"model":"gpt-4.1"})");
        with.model = "gpt-4.1";
        const std::string expected =
            "https://r.openai.azure.com/openai/deployments/gpt-41/chat/completions?api-version=2024-10-21";
        for (const char* base : {"https://r.openai.azure.com", "https://r.openai.azure.com/",
                                 "https://r.openai.azure.com/openai", "https://r.openai.azure.com/openai/deployments/"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(base, expected, sentBy("azure", with, "{}", base).url);
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "https://r.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21"),
            sentBy("azure", with, R"({"keep_dots":true})").url);
        with.model = "a/../b?c#d e";
        with.target = "/v1/chat/completions?api-version=9";
        CPPUNIT_ASSERT_EQUAL(std::string("https://r.openai.azure.com/openai/deployments/a%2F%2Fb%3Fc%23d%20e/chat/"
                                         "completions?api-version=2024-10-21"),
                             sentBy("azure", with).url);
    }

    void azureVersions()
    {
        StartWith with = chat(R"({"model":"gpt-4.1"})");
        with.model = "gpt-4.1";
        const auto url = [&](const char* config, const char* base) { return sentBy("azure", with, config, base).url; };
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "https://r.openai.azure.com/openai/deployments/gpt-41/chat/completions?api-version=2025-01-01-preview"),
            url(R"({"api_version":"2025-01-01-preview"})", "https://r.openai.azure.com"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://r.openai.azure.com/openai/v1/chat/completions"),
                             url(R"({"api_version":"v1"})", "https://r.openai.azure.com"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://r.openai.azure.com/openai/v1/chat/completions"),
                             url("{}", "https://r.openai.azure.com/openai/v1/"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview"),
                             url(R"({"api_version":"preview"})", "https://r.openai.azure.com"));
    }

    void modelsWithPathsOfTheirOwn()
    {
        StartWith with = chat(R"({"model":"m"})");
        with.model = "bot-20240101";
        CPPUNIT_ASSERT_EQUAL(std::string("https://ark.cn-beijing.volces.com/api/v3/bots/chat/completions"),
                             sentBy("doubao", with).url);
        with.model = "x1";
        CPPUNIT_ASSERT_EQUAL(std::string("https://spark-api-open.xf-yun.com/v2/chat/completions"),
                             sentBy("xunfei-v2", with).url);
    }

    void formSetsHeaders()
    {
        const auto exchange =
            start("openai", chat("{}"),
                  R"({"organization":"org-1","project":"proj-2","headers":{"cf-aig-authorization":"Bearer t"},
                                        "region":"","user_id":""})");
        CPPUNIT_ASSERT_EQUAL(std::string("org-1"), sent(*exchange).header("OpenAI-Organization"));
        CPPUNIT_ASSERT_EQUAL(std::string("proj-2"), sent(*exchange).header("OpenAI-Project"));
        CPPUNIT_ASSERT_EQUAL(std::string("Bearer t"), sent(*exchange).header("cf-aig-authorization"));
        CPPUNIT_ASSERT_EQUAL(std::string(), sentBy("openai", chat("{}")).header("OpenAI-Organization"));
        CPPUNIT_ASSERT_EQUAL(
            kKey, sentBy("openai-compatible", chat("{}"), R"({"auth":"api-key"})", "https://h/v1").header("api-key"));
    }

    void openrouterIsToldOurNameOnly()
    {
        auto exchange = start("openrouter", chat("{}"));
        CPPUNIT_ASSERT_EQUAL(std::string("Switchyard"), sent(*exchange).header("X-Title"));
        CPPUNIT_ASSERT_EQUAL(std::string(), sent(*exchange).header("HTTP-Referer"));
        exchange = start("openrouter", chat("{}"), R"({"app_name":"Mine","app_url":"https://mine.example"})");
        CPPUNIT_ASSERT_EQUAL(std::string("Mine"), sent(*exchange).header("X-Title"));
        CPPUNIT_ASSERT_EQUAL(std::string("https://mine.example"), sent(*exchange).header("HTTP-Referer"));
        CPPUNIT_ASSERT_EQUAL(std::string(), sentBy("openrouter", chat("{}"), R"({"app_name":""})").header("X-Title"));
        CPPUNIT_ASSERT_EQUAL(std::string(), sentBy("openai", chat("{}")).header("X-Title"));
    }

    void badFormsNameTheField()
    {
        const struct
        {
            const char* provider;
            const char* baseUrl;
            const char* key;
            const char* config;
            const char* field;
        } rows[] = {
            {"azure", "", "k", "{}", "base_url"},
            {"openai", "ftp://x", "k", "{}", "base_url"},
            {"openai", "https://", "k", "{}", "base_url"},
            {"openai", "https://a b", "k", "{}", "base_url"},
            {"openai", "https://h/?q=1", "k", "{}", "base_url"},
            {"openai", "", "", "{}", "key"},
            {"openai", "", "a\nb", "{}", "key"},
            {"openai", "", "k", R"({"include_usage":3})", "include_usage"},
            {"openai", "", "k", R"({"organization":["x"]})", "organization"},
            {"openai", "", "k", R"({"headers":[]})", "headers"},
            {"openai", "", "k", R"({"headers":{"a b":"x"}})", "headers.a b"},
            {"openai", "", "k", R"({"headers":{"Authorization":"x"}})", "headers.Authorization"},
            {"openai", "", "k", R"({"headers":{"x":"a\r\nb: c"}})", "headers.x"},
            {"azure", "https://r", "k", R"({"api_version":"2024&x=1"})", "api_version"},
            {"openai-compatible", "https://r", "k", R"({"auth":"basic"})", "auth"},
        };
        for (const auto& row : rows)
        {
            std::string said;
            try
            {
                plugin_->channel(row.provider, row.baseUrl, row.key, row.config);
            }
            catch (const std::runtime_error& refusal)
            {
                said = refusal.what();
            }
            CPPUNIT_ASSERT_MESSAGE(std::string(row.field) + " <- " + said,
                                   said.rfind(std::string(row.field) + ": ", 0) == 0);
        }
    }

    void ownServersNeedNoKey()
    {
        for (const char* id : {"openai-compatible", "custom"})
        {
            const auto channel = plugin_->channel(id, "http://127.0.0.1:8080", "");
            CPPUNIT_ASSERT_EQUAL(std::string(), sent(*channel->start(chat("{}"))).header("Authorization"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChannelTest);
