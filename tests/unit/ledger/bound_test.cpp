#include "ledger/holds/bound.h"

#include <array>
#include <cppunit/extensions/HelperMacros.h>
#include <random>

using namespace switchyard::ledger;

namespace
{

BoundRequest chat(bool stream, std::optional<int64_t> limit, int64_t choices = 1)
{
    BoundRequest request;
    request.prompt = 100;
    request.stream = stream;
    request.limit = limit;
    request.choices = choices;
    return request;
}

HoldBound boundOf(const BoundRequest& request) { return holdBound(request, BoundOptions{}); }

Price price(double model, double completion)
{
    Price p;
    p.model = model;
    p.completion = completion;
    return p;
}

} // namespace

class BoundTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BoundTest);
    CPPUNIT_TEST(aLimitCountsForEachChoice);
    CPPUNIT_TEST(aStreamWithoutLimitStartsSmallAndGrows);
    CPPUNIT_TEST(unseenThinkingAndUnaryTakeTheModelsFullLimit);
    CPPUNIT_TEST(oneCallDoesNotFreezeAnAccount);
    CPPUNIT_TEST(embeddingsAndAudioHaveNoOutput);
    CPPUNIT_TEST(knownModelsHaveTheirLimits);
    CPPUNIT_TEST(limitsOfOptionsAndPluginsWin);
    CPPUNIT_TEST(theHoldIsThatOfTheDearestCandidate);
    CPPUNIT_TEST(aLoweredLimitIsPaidByWhatIsHeld);
    CPPUNIT_TEST_SUITE_END();

    static void assertOutput(int64_t tokens, bool extensible, const HoldBound& bound)
    {
        CPPUNIT_ASSERT_EQUAL(tokens, bound.output);
        CPPUNIT_ASSERT_EQUAL(extensible, bound.extensible);
        CPPUNIT_ASSERT(bound.lowerable);
        CPPUNIT_ASSERT_EQUAL(int64_t{600}, bound.prompt);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, bound.promptCount);
    }

public:
    void aLimitCountsForEachChoice()
    {
        assertOutput(300, false, boundOf(chat(false, 300)));
        assertOutput(900, false, boundOf(chat(true, 300, 3)));
        assertOutput(5, false, boundOf(chat(true, 5)));
        CPPUNIT_ASSERT_EQUAL(int64_t{5}, boundOf(chat(true, 5)).leastOutput);
        CPPUNIT_ASSERT_EQUAL(int64_t{48}, boundOf(chat(true, 300, 3)).leastOutput);
        // A limit beyond what the model can is none; of an unknown model it is believed.
        BoundRequest request = chat(false, 50'000);
        assertOutput(50'000, false, boundOf(request));
        request.model = limitsOfModel("gpt-4");
        assertOutput(8192, false, boundOf(request));
    }

    void aStreamWithoutLimitStartsSmallAndGrows()
    {
        assertOutput(4096, true, boundOf(chat(true, std::nullopt)));
        assertOutput(4096, true, boundOf(chat(true, 0))); // One API reads 0 as none
        assertOutput(8192, true, boundOf(chat(true, std::nullopt, 2)));
        BoundRequest request = chat(true, std::nullopt);
        request.model.maxOutput = 1000;
        assertOutput(1000, true, boundOf(request));
    }

    void unseenThinkingAndUnaryTakeTheModelsFullLimit()
    {
        assertOutput(16'384, false, boundOf(chat(false, std::nullopt)));
        BoundRequest request = chat(true, std::nullopt);
        request.model = limitsOfModel("o1-preview");
        request.thinksUnseen = request.model.thinksUnseen;
        assertOutput(32'768, false, boundOf(request));
    }

    void oneCallDoesNotFreezeAnAccount()
    {
        assertOutput(65'536, true, boundOf(chat(true, 1'000'000)));
        assertOutput(65'536, false, boundOf(chat(false, 1'000'000)));
        assertOutput(65'536, false, boundOf(chat(false, 1073741823, 2147483647)));
        assertOutput(65'536, false, boundOf(chat(false, std::nullopt, 5)));
        assertOutput(1000, false, holdBound(chat(false, std::nullopt), {500, 1000}));
    }

    void embeddingsAndAudioHaveNoOutput()
    {
        BoundRequest request = chat(false, 300);
        request.work = Work::inputOnly;
        CPPUNIT_ASSERT_EQUAL(int64_t{600}, boundOf(request).prompt);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, boundOf(request).output);
        CPPUNIT_ASSERT(!boundOf(request).lowerable);
        request.work = Work::speech;
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, boundOf(request).prompt); // exact: no margin
        // whisper-1: 0.0001 USD a second are 50 points; its ratio is 15.
        CPPUNIT_ASSERT_EQUAL(int64_t{200}, audioTokens(60.0, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, audioTokens(0.1, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{200}, audioTokens(std::nullopt, 60'000));
        CPPUNIT_ASSERT_EQUAL(kMostTokens, audioTokens(1e300, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{4}, audioTokens(-1.0, 1000));
    }

    void knownModelsHaveTheirLimits()
    {
        const auto most = [](std::string_view model) { return limitsOfModel(model).maxOutput; };
        CPPUNIT_ASSERT_EQUAL(int64_t{16'384}, most("gpt-4o"));
        CPPUNIT_ASSERT_EQUAL(int64_t{4096}, most("gpt-4o-2024-05-13"));
        CPPUNIT_ASSERT_EQUAL(int64_t{8192}, most("gpt-4-0613"));
        CPPUNIT_ASSERT_EQUAL(int64_t{32'768}, most("openai/gpt-4.1-mini"));
        CPPUNIT_ASSERT_EQUAL(int64_t{8192}, most("claude-3-5-sonnet-20241022"));
        CPPUNIT_ASSERT_EQUAL(int64_t{16'384}, most("house-model"));
        CPPUNIT_ASSERT(!limitsOfModel("house-model").known);
        CPPUNIT_ASSERT(limitsOfModel("o3-mini").thinksUnseen);
        CPPUNIT_ASSERT(limitsOfModel("gpt-5-mini").thinksUnseen);
        CPPUNIT_ASSERT(!limitsOfModel("gpt-5-chat-latest").thinksUnseen);
        CPPUNIT_ASSERT(!limitsOfModel("deepseek-reasoner").thinksUnseen);
    }

    void limitsOfOptionsAndPluginsWin()
    {
        const auto options = readOutputLimits(R"({"house-model": 2000, "gpt-4o": 3000})");
        CPPUNIT_ASSERT(options);
        CPPUNIT_ASSERT_EQUAL(int64_t{2000}, limitsOfModel("house-model", *options, 5).maxOutput);
        CPPUNIT_ASSERT_EQUAL(int64_t{3000}, limitsOfModel("gpt-4o", *options, 0).maxOutput);
        CPPUNIT_ASSERT_EQUAL(int64_t{5}, limitsOfModel("other", *options, 5).maxOutput);
        CPPUNIT_ASSERT(limitsOfModel("other", *options, 5).known);
        for (const char* bad : {"", "[]", "{", R"({"a":0})", R"({"a":-1})", R"({"a":1.5})", R"({"a":"5"})", R"({"a":1000000001})"})
            CPPUNIT_ASSERT_MESSAGE(bad, !readOutputLimits(bad));
    }

    void theHoldIsThatOfTheDearestCandidate()
    {
        const HoldBound bound = boundOf(chat(false, 1000)); // 600 + 1000
        const std::array<Price, 3> prices{price(1, 3), price(3, 1), price(0, 1)};
        const auto size = holdSize(bound, prices);
        CPPUNIT_ASSERT_EQUAL(int64_t{4800}, size->amount); // 3 x (600 + 1000) > 600 + 3000
        CPPUNIT_ASSERT_EQUAL(int64_t{348}, size->least);   // 3 x (100 + 16)
        Price written = price(1, 1);
        written.cacheWrite = 1.25;
        written.cached = 0.1;
        CPPUNIT_ASSERT_EQUAL(int64_t{1750}, holdSize(bound, std::array{written})->amount); // 600 x 1.25 + 1000
        BoundRequest request = chat(false, 5);
        request.work = Work::inputOnly;
        CPPUNIT_ASSERT_EQUAL(int64_t{600}, holdSize(boundOf(request), std::array{price(1, 1)})->least);
        CPPUNIT_ASSERT(!holdSize(bound, std::array{price(-1, 1)}));
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, holdSize(bound, std::array{price(0, 1)})->amount);
    }

    void aLoweredLimitIsPaidByWhatIsHeld()
    {
        std::minstd_rand random(7);
        for (int i = 0; i < 2000; ++i)
        {
            BoundRequest request = chat(random() % 2, 1 + random() % 4000, 1 + random() % 4);
            request.prompt = random() % 3000;
            const HoldBound bound = boundOf(request);
            const std::array<Price, 2> prices{price(0.01 * (1 + random() % 1000), 1 + random() % 5),
                                              price(0.01 * (1 + random() % 1000), 0.5)};
            const HoldSize size = *holdSize(bound, prices);
            CPPUNIT_ASSERT(size.least <= size.amount);
            const int64_t held = size.least + static_cast<int64_t>(random() % static_cast<unsigned>(size.amount - size.least + 1));
            const int64_t output = outputWithin(bound, prices, held);
            CPPUNIT_ASSERT(output >= bound.leastOutput && output <= bound.output);
            for (const Price& p : prices)
            {
                TokenUsage usage;
                usage.prompt = bound.promptCount;
                usage.completion = output;
                CPPUNIT_ASSERT(*charge(usage, p) <= held);
            }
            CPPUNIT_ASSERT_EQUAL(bound.output, outputWithin(bound, prices, size.amount));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BoundTest);
