#include "ledger/price/price_book.h"

#include <cmath>
#include <cppunit/extensions/HelperMacros.h>
#include <limits>
#include <random>

using namespace switchyard::ledger;

namespace
{

struct Case
{
    const char* model;
    int64_t prompt, completion;
    double group;
    int64_t points; ///< by hand: (prompt + completion x completion ratio) x ratio x group, rounded up
};

constexpr Case kCases[] = {
    {"gpt-4o", 1000, 500, 1, 7500},                     // (1000 + 500 x 4) x 2.5
    {"gpt-4o-2024-05-13", 1000, 500, 1, 6250},          // x 3
    {"gpt-4o-2024-08-06", 1000, 500, 1, 3750},          // 3000 x 1.25
    {"gpt-4o-mini", 1000, 500, 1, 225},                 // 3000 x 0.075
    {"chatgpt-4o-latest", 1000, 500, 1, 6250},          // x 3
    {"gpt-4", 1000, 500, 1, 30000},                     // 2000 x 15
    {"gpt-4-32k", 100, 50, 1, 6000},                    // 200 x 30
    {"gpt-4-turbo", 1000, 1000, 1, 20000},              // 4000 x 5
    {"gpt-4-1106-preview", 10, 10, 1, 200},             // 40 x 5
    {"gpt-4-0613", 1, 1, 1, 45},                        // 3 x 15
    {"gpt-3.5-turbo", 10, 10, 1, 10},                   // 40 x 0.25
    {"gpt-3.5-turbo-0125", 7, 3, 1, 4},                 // 16 x 0.25
    {"gpt-3.5-turbo-1106", 100, 100, 1, 150},           // 300 x 0.5
    {"gpt-3.5-turbo-16k", 300, 300, 1, 1050},           // 700 x 1.5
    {"gpt-3.5-turbo-instruct", 3, 3, 1, 6},             // 7 x 0.75 = 5.25
    {"o1", 100, 100, 1, 3750},                          // 500 x 7.5
    {"o1-mini", 100, 100, 1, 750},                      // 500 x 1.5
    {"o3-mini", 100, 100, 1, 750},                      // 500 x 1.5, its completion ratio mended
    {"text-embedding-3-small", 7, 0, 1, 1},             // 0.07
    {"text-embedding-3-small", 12345, 0, 1, 124},       // 123.45
    {"text-embedding-ada-002", 1000, 0, 1, 50},         // x 0.05
    {"ERNIE-4.0-8K", 1000, 1000, 1, 17040},             // 2000 x 8.52
    {"glm-4-flash", 1000, 1000, 1, 0},                  // ratio 0
    {"glm-4v-flash", 1, 0, 1, 0},                       // ratio 0
    {"no-such-model", 1, 1, 1, 60},                     // 2 x 30
    {"claude-3-5-sonnet-20241022", 100, 50, 0.5, 263},  // 350 x 0.75 = 262.5
    {"claude-3-opus-20240229", 10, 10, 1, 450},         // 60 x 7.5
    {"claude-3-haiku-20240307", 1000, 0, 1, 125},       // x 0.125
    {"claude-2.1", 10, 10, 1, 160},                     // 40 x 4
    {"claude-instant-1.2", 10, 10, 1, 16},              // 40 x 0.4
    {"deepseek-chat", 1000, 1000, 1, 211},              // 3000 x 0.07, in doubles just above 210: One API charges 211, too
    {"deepseek-r1", 1000, 0, 1, 142},                   // x 0.142
    {"deepseek-chat", 1000, 1000, 2, 421},              // group 2; likewise
    {"gpt-4o", 1000, 500, 0, 0},                        // group 0
    {"gpt-4o", 1000, 500, 0.1, 750},                    // group 0.1
    {"gpt-4o", 0, 0, 1, 0},                             // no tokens
    {"gpt-4o", 1, 0, 1, 3},                             // 2.5
    {"gpt-4o", 0, 1, 1, 10},                            // 4 x 2.5
    {"llama3-8b-8192", 1000, 1000, 1, 75},              // 3000 x 0.025, a thousand times what it was
    {"step-1-8k", 1000, 0, 1, 355},                     // x 0.355, likewise
    {"openrouter/auto", 1, 1, 1, 60},                   // negative in the data: no price of its own
    {"deepseek/deepseek-r1:free", 5, 5, 1, 0},          // ratio 0
};

PriceBook bookWithGroup(double ratio)
{
    PriceBook::Options options;
    options.group["g"] = ratio;
    return PriceBook(options);
}

struct Exact
{
    int64_t prompt, completion, cached, reasoning;
    double model, group, perCompletion, perCached, perReasoning;
    int64_t points;
};
constexpr Exact kExact[] = {
#include "data/charge_expectations.inc"
};

} // namespace

class PriceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PriceTest);
    CPPUNIT_TEST(chargesEqualHandComputedOnes);
    CPPUNIT_TEST(chargesEqualExactFractionsOrOneAbove);
    CPPUNIT_TEST(chargeGrowsWithEveryArgument);
    CPPUNIT_TEST(cachedTokensAreClampedToThePrompt);
    CPPUNIT_TEST(badNumbersAreRefused);
    CPPUNIT_TEST(optionsComeBeforeTablesAndRules);
    CPPUNIT_TEST(badOptionsMakeAModelUnpriced);
    CPPUNIT_TEST(ratioOptionsAreValidated);
    CPPUNIT_TEST(picturesCostByCountSizeAndQuality);
    CPPUNIT_TEST_SUITE_END();

public:
    void chargesEqualHandComputedOnes()
    {
        CPPUNIT_ASSERT(std::size(kCases) >= 40);
        for (const Case& c : kCases)
        {
            const auto price = bookWithGroup(c.group).price(c.model, 1, "g");
            CPPUNIT_ASSERT_MESSAGE(c.model, price.has_value());
            const auto points = charge({.prompt = c.prompt, .completion = c.completion}, *price);
            CPPUNIT_ASSERT_MESSAGE(c.model, points.ok());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.model, c.points, *points);
        }
    }

    void chargesEqualExactFractionsOrOneAbove()
    {
        int above = 0;
        for (const Exact& e : kExact)
        {
            const Price price{.model = e.model, .group = e.group, .completion = e.perCompletion, .cached = e.perCached,
                              .reasoning = e.perReasoning};
            const TokenUsage usage{.prompt = e.prompt, .completion = e.completion, .cached = e.cached,
                                   .reasoning = e.reasoning};
            const auto points = charge(usage, price);
            CPPUNIT_ASSERT(points.ok());
            CPPUNIT_ASSERT(*points == e.points || *points == e.points + 1);
            above += *points != e.points;
        }
        CPPUNIT_ASSERT(above < static_cast<int>(std::size(kExact)) / 10);
    }

    void chargeGrowsWithEveryArgument()
    {
        std::mt19937_64 random(5);
        const auto count = [&] { return static_cast<int64_t>(random() % 100000); };
        const auto ratio = [&] { return static_cast<double>(random() % 4000) / 100; };
        for (int i = 0; i < 100'000; ++i)
        {
            TokenUsage usage{.prompt = count(), .completion = count()};
            Price price{.model = ratio(), .group = ratio(), .completion = ratio()};
            const int64_t before = *charge(usage, price);
            TokenUsage more = usage;
            Price dearer = price;
            switch (random() % 5)
            {
            case 0: more.prompt += count(); break;
            case 1: more.completion += count(); break;
            case 2: dearer.model += ratio(); break;
            case 3: dearer.group += ratio(); break;
            default: dearer.completion += ratio();
            }
            CPPUNIT_ASSERT(*charge(more, dearer) >= before);
        }
    }

    void cachedTokensAreClampedToThePrompt()
    {
        const Price price{.model = 1, .completion = 4, .cached = 0.5, .reasoning = 2};
        CPPUNIT_ASSERT_EQUAL(int64_t{1000 - 400 + 200}, *charge({.prompt = 1000, .cached = 400}, price));
        CPPUNIT_ASSERT_EQUAL(int64_t{500}, *charge({.prompt = 1000, .cached = 5000}, price));
        CPPUNIT_ASSERT_EQUAL(int64_t{(10 + 2 * 90) * 4}, *charge({.completion = 100, .reasoning = 90}, price));
        CPPUNIT_ASSERT_EQUAL(int64_t{2 * 100 * 4}, *charge({.completion = 100, .reasoning = 900}, price));
    }

    void badNumbersAreRefused()
    {
        const Price good{.model = 1};
        CPPUNIT_ASSERT(charge({.prompt = -1}, good).error() == ChargeFault::badUsage);
        CPPUNIT_ASSERT(charge({.prompt = kMostTokens + 1}, good).error() == ChargeFault::badUsage);
        CPPUNIT_ASSERT(charge({.prompt = 1, .reasoning = -1}, good).error() == ChargeFault::badUsage);
        for (const double bad : {-1.0, 1e6 + 1, std::nan(""), std::numeric_limits<double>::infinity()})
        {
            CPPUNIT_ASSERT(charge({.prompt = 1}, {.model = bad}).error() == ChargeFault::badPrice);
            CPPUNIT_ASSERT(charge({.prompt = 1}, {.model = 1, .group = bad}).error() == ChargeFault::badPrice);
            CPPUNIT_ASSERT(charge({.prompt = 1}, {.model = 1, .cached = bad}).error() == ChargeFault::badPrice);
        }
        CPPUNIT_ASSERT(charge({.prompt = kMostTokens}, {.model = 1e6, .group = 1e6}).error() == ChargeFault::tooMuch);
    }

    void optionsComeBeforeTablesAndRules()
    {
        PriceBook::Options options;
        options.model = {{"gpt-4o", 9}, {"gpt-4(8)", 7}};
        options.completion = {{"gpt-4o", 2}};
        options.unknownModel.reset();
        const PriceBook book(options);
        CPPUNIT_ASSERT_EQUAL(9.0, book.model("gpt-4o", 1)->ratio);
        CPPUNIT_ASSERT(book.model("gpt-4o", 1)->source == "option");
        CPPUNIT_ASSERT_EQUAL(7.0, book.model("gpt-4", 8)->ratio);
        CPPUNIT_ASSERT_EQUAL(15.0, book.model("gpt-4", 1)->ratio);
        CPPUNIT_ASSERT_EQUAL(2.0, book.completion("gpt-4o", 1)->ratio);
        CPPUNIT_ASSERT_EQUAL(0.15, book.model("llama3-8b-8192", 33)->ratio); // the table's own entry for a channel type
        CPPUNIT_ASSERT_EQUAL(book.model("qwen-max", 1)->ratio, book.model("qwen-max-internet", 1)->ratio);
        CPPUNIT_ASSERT_EQUAL(3.0, book.completion("command-r", 1)->ratio);
        CPPUNIT_ASSERT_EQUAL(1.0, book.completion("command-r-internet", 1)->ratio);
        CPPUNIT_ASSERT(!book.model("no-such-model", 1));
        CPPUNIT_ASSERT(book.group("unlisted")->source == "default");
    }

    void badOptionsMakeAModelUnpriced()
    {
        PriceBook::Options options;
        options.model = {{"gpt-4o", -1}};
        options.completion = {{"gpt-4", 1e9}};
        options.group = {{"bad", std::nan("")}};
        const PriceBook book(options);
        CPPUNIT_ASSERT(!book.price("gpt-4o", 1, "default"));
        CPPUNIT_ASSERT(!book.price("gpt-4", 1, "default"));
        CPPUNIT_ASSERT(!book.price("o1", 1, "bad"));
        CPPUNIT_ASSERT(book.price("o1", 1, "default").has_value());
    }

    void ratioOptionsAreValidated()
    {
        const auto good = readRatios(R"({"a": 1, "b": 0.5, "c": 0})");
        CPPUNIT_ASSERT(good.ok());
        CPPUNIT_ASSERT_EQUAL(size_t{3}, good->size());
        CPPUNIT_ASSERT_EQUAL(0.5, good->at("b"));
        for (const char* bad : {"", "[]", "{", R"({"a": -1})", R"({"a": "1"})", R"({"a": 1000001})", R"({"a": null})",
                                R"({"a": 1, "a": 2})", R"({"a": 1} x)", R"({"a": 1e999})"})
            CPPUNIT_ASSERT_MESSAGE(bad, !readRatios(bad).ok());
        CPPUNIT_ASSERT(readRatios(R"({"x": -1})").error().find("'x'") != std::string::npos);
    }

    void picturesCostByCountSizeAndQuality()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{12500}, *imageCharge("dall-e-2", "1024x1024", false, 1, 10, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{40000}, *imageCharge("dall-e-3", "1024x1024", true, 1, 20, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{60000}, *imageCharge("dall-e-3", "1024x1792", true, 1, 20, 1));
        CPPUNIT_ASSERT_EQUAL(int64_t{30000}, *imageCharge("cogview-3-plus", "any", false, 3, 10, 1));
        CPPUNIT_ASSERT(imageCharge("cogview-3-plus", "any", false, -3, 10, 1).error() == ImageFault::count);
        CPPUNIT_ASSERT(imageCharge("cogview-3-plus", "any", false, 11, 10, 1).error() == ImageFault::count);
        CPPUNIT_ASSERT(imageCharge("dall-e-2", "1x1", false, 1, 10, 1).error() == ImageFault::size);
        CPPUNIT_ASSERT(imageCharge("dall-e-2", "256x256", false, 1, -10, 1).error() == ImageFault::price);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PriceTest);
