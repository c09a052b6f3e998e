#include "ledger/tokens/image_tokens.h"
#include "ledger/tokens/prompt_counter.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::ledger;

namespace
{

Vocabularies& vocabularies()
{
    static Vocabularies all;
    return all;
}

/// The six messages of the published example (tokenizers.md 2).
int64_t exampleTokens(std::string_view model)
{
    PromptCounter prompt(vocabularies(), model);
    prompt.message("system");
    prompt.text("You are a helpful, pattern-following assistant that translates corporate jargon into plain English.");
    const std::pair<const char*, const char*> examples[] = {
        {"example_user", "New synergies will help drive top-line growth."},
        {"example_assistant", "Things working well together will increase revenue."},
        {"example_user",
         "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"example_assistant", "Let's talk later when we're less busy about how to do better."}};
    for (const auto& [name, content] : examples)
    {
        prompt.message("system");
        prompt.name(name);
        prompt.text(content);
    }
    prompt.message("user");
    prompt.text("This late pivot means we don't have time to boil the ocean for the client deliverable.");
    return prompt.total();
}

int64_t toolTokens(std::string_view model, bool withTool)
{
    PromptCounter prompt(vocabularies(), model);
    prompt.message("system");
    prompt.text("You are a helpful assistant that can answer to questions about the weather.");
    prompt.message("user");
    prompt.text("What's the weather like in San Francisco?");
    if (withTool)
    {
        prompt.tool("get_current_weather", "Get the current weather in a given location");
        prompt.property("location", "string", "The city and state, e.g. San Francisco, CA");
        prompt.property("unit", "string", "The unit of temperature to return");
        prompt.enumItem("celsius");
        prompt.enumItem("fahrenheit");
    }
    return prompt.total();
}

} // namespace

class PromptTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PromptTest);
    CPPUNIT_TEST(modelsHaveThePublishedEncodings);
    CPPUNIT_TEST(messagesCountAsPublished);
    CPPUNIT_TEST(toolsCountAsPublished);
    CPPUNIT_TEST(emptyPromptCountsWhatARequestHas);
    CPPUNIT_TEST(tilesCountAsPublished);
    CPPUNIT_TEST(patchesCountAsPublished);
    CPPUNIT_TEST(noPictureCountsMoreThanTheMaximum);
    CPPUNIT_TEST_SUITE_END();

public:
    void modelsHaveThePublishedEncodings()
    {
        const std::pair<const char*, Encoding> known[] = {
            {"gpt-4o", Encoding::o200k},
            {"gpt-4o-mini-2024-07-18", Encoding::o200k},
            {"chatgpt-4o-latest", Encoding::o200k},
            {"gpt-4.1-nano", Encoding::o200k},
            {"gpt-4.5-preview", Encoding::o200k},
            {"gpt-5-mini", Encoding::o200k},
            {"o1", Encoding::o200k},
            {"o3-mini", Encoding::o200k},
            {"o4-mini", Encoding::o200k},
            {"gpt-oss-120b", Encoding::o200k},
            {"ft:gpt-4o-mini:x", Encoding::o200k},
            {"gpt-4", Encoding::cl100k},
            {"gpt-4-turbo", Encoding::cl100k},
            {"gpt-4-32k", Encoding::cl100k},
            {"gpt-3.5-turbo-0301", Encoding::cl100k},
            {"gpt-35-turbo-16k", Encoding::cl100k},
            {"text-embedding-3-large", Encoding::cl100k},
            {"text-davinci-003", Encoding::p50k},
            {"code-davinci-002", Encoding::p50k},
            {"code-davinci-edit-001", Encoding::p50k},
            {"text-davinci-001", Encoding::r50k},
            {"davinci", Encoding::r50k},
            {"text-similarity-ada-001", Encoding::r50k},
        };
        for (const auto& [model, encoding] : known)
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(model, nameOf(encoding), nameOf(encodingOfModel(model).encoding));
            CPPUNIT_ASSERT_MESSAGE(model, encodingOfModel(model).known);
        }
        CPPUNIT_ASSERT(!encodingOfModel("claude-3-opus-20240229").known);
        CPPUNIT_ASSERT(!encodingOfModel("davinci-003").known);
        CPPUNIT_ASSERT(encodingOfModel("qwen-max").encoding == Encoding::cl100k);
        CPPUNIT_ASSERT(encodingNamed("o200k_harmony") == Encoding::o200k);
        CPPUNIT_ASSERT(!encodingNamed("o300k_base"));
    }

    void messagesCountAsPublished()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{127}, exampleTokens("gpt-3.5-turbo-0301"));
        CPPUNIT_ASSERT_EQUAL(int64_t{129}, exampleTokens("gpt-3.5-turbo"));
        CPPUNIT_ASSERT_EQUAL(int64_t{129}, exampleTokens("gpt-4"));
        CPPUNIT_ASSERT_EQUAL(int64_t{124}, exampleTokens("gpt-4o"));
        CPPUNIT_ASSERT_EQUAL(int64_t{124}, exampleTokens("gpt-4o-mini"));
    }

    void toolsCountAsPublished()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{34}, toolTokens("gpt-4", false));
        CPPUNIT_ASSERT_EQUAL(int64_t{33}, toolTokens("gpt-4o", false));
        CPPUNIT_ASSERT_EQUAL(int64_t{105}, toolTokens("gpt-4", true));
        CPPUNIT_ASSERT_EQUAL(int64_t{105}, toolTokens("gpt-3.5-turbo", true));
        CPPUNIT_ASSERT_EQUAL(int64_t{101}, toolTokens("gpt-4o", true));
        CPPUNIT_ASSERT_EQUAL(int64_t{101}, toolTokens("gpt-4o-mini", true));
    }

    void emptyPromptCountsWhatARequestHas()
    {
        PromptCounter prompt(vocabularies(), "gpt-4");
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, prompt.total());
        prompt.part(85);
        CPPUNIT_ASSERT_EQUAL(int64_t{88}, prompt.total());
    }

    void tilesCountAsPublished()
    {
        const struct
        {
            const char* model;
            int64_t width, height, tokens;
        } high[] = {{"gpt-4o", 125, 50, 255},         {"gpt-4o", 512, 512, 255},   {"gpt-4o", 768, 768, 765},
                    {"gpt-4o", 1024, 1024, 765},      {"gpt-4o", 1920, 1080, 1105}, {"gpt-4o", 2048, 4096, 1105},
                    {"gpt-4o", 3000, 1000, 1445},     {"gpt-4o-mini", 512, 512, 8500}, {"gpt-4o-mini", 1024, 1024, 25501},
                    {"gpt-5", 1024, 1024, 630},       {"o1", 1024, 1024, 675},     {"gpt-4-turbo", 1024, 1024, 765},
                    {"gpt-4o", 0, 0, 85},             {"qwen-vl-max", 512, 512, 255}};
        for (const auto& row : high)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.model, row.tokens,
                                         imageTokens(row.model, ImageDetail::high, row.width, row.height));
        CPPUNIT_ASSERT_EQUAL(int64_t{85}, imageTokens("gpt-4o", ImageDetail::low, 4000, 4000));
        CPPUNIT_ASSERT_EQUAL(int64_t{2833}, imageTokens("gpt-4o-mini", ImageDetail::low, 4000, 4000));
        CPPUNIT_ASSERT(imageDetail("") == ImageDetail::high);
        CPPUNIT_ASSERT(imageDetail("auto") == ImageDetail::high);
        CPPUNIT_ASSERT(imageDetail("low") == ImageDetail::low);
        CPPUNIT_ASSERT(!imageDetail("medium"));
    }

    void patchesCountAsPublished()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{1659}, imageTokens("gpt-4.1-mini", ImageDetail::high, 1024, 1024));
        CPPUNIT_ASSERT_EQUAL(int64_t{415}, imageTokens("gpt-4.1-mini", ImageDetail::low, 512, 512));
        CPPUNIT_ASSERT_EQUAL(int64_t{2352}, imageTokens("gpt-5-mini", ImageDetail::high, 1800, 2400)); // 1452 x 1.62
    }

    void noPictureCountsMoreThanTheMaximum()
    {
        for (const char* model : {"gpt-4o", "gpt-4o-mini", "gpt-5", "o1", "gpt-4.1-mini", "o4-mini"})
            for (const ImageDetail detail : {ImageDetail::low, ImageDetail::high})
                for (const int64_t width : {1, 31, 512, 513, 767, 2047, 2049, 10000, 2000000})
                    for (const int64_t height : {1, 32, 511, 769, 2048, 5000, 99999999})
                    {
                        const int64_t tokens = imageTokens(model, detail, width, height);
                        CPPUNIT_ASSERT(tokens > 0);
                        CPPUNIT_ASSERT(tokens <= imageTokensAtMost(model, detail));
                    }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PromptTest);
