// The demo model talks: words, pace, limits, wishes.
#include "demo_in_hand.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

using namespace switchyard::testing;

class DemoTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DemoTest);
    CPPUNIT_TEST(answerQuotesTheQuestionAndSaysSomethingOfUse);
    CPPUNIT_TEST(sameRandomBytesGiveTheSameAnswer);
    CPPUNIT_TEST(streamComesWordByWordAtItsPace);
    CPPUNIT_TEST(wholeAnswerWaitsOnceOnly);
    CPPUNIT_TEST(limitsAndStopsAreKept);
    CPPUNIT_TEST(severalChoices);
    CPPUNIT_TEST(chineseIsAnsweredInChinese);
    CPPUNIT_TEST(partsAreAcknowledged);
    CPPUNIT_TEST(thinkingIsShownWhenAskedFor);
    CPPUNIT_TEST(completionsContinue);
    CPPUNIT_TEST(modelsAreListed);
    CPPUNIT_TEST(failsOnRequest);
    CPPUNIT_TEST(hangsOnRequest);
    CPPUNIT_TEST(cutsTheStreamOnRequest);
    CPPUNIT_TEST(badFormsNameTheField);
    CPPUNIT_TEST(offersWhatItKeeps);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { demo_ = std::make_unique<DemoInHand>(); }
    void tearDown() override { demo_.reset(); }

    void answerQuotesTheQuestionAndSaysSomethingOfUse()
    {
        const auto exchange = demo_->start(DemoInHand::says("How does streaming work?"));
        const Actions& did = exchange->actions();
        CPPUNIT_ASSERT(did.finished);
        const std::string text = did.text();
        CPPUNIT_ASSERT_MESSAGE(text, text.find("“How does streaming work?”") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("server-sent events") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("stop"), DemoInHand::stopReason(did));
        CPPUNIT_ASSERT(did.used(SWY_UNIT_INPUT) > 4);
        CPPUNIT_ASSERT(did.used(SWY_UNIT_OUTPUT) > 20);
        CPPUNIT_ASSERT(did.usageFinal);
        CPPUNIT_ASSERT(did.requests.empty());
    }

    void sameRandomBytesGiveTheSameAnswer()
    {
        const std::string body = DemoInHand::says("Hello");
        const std::string first = demo_->start(body)->actions().text();
        CPPUNIT_ASSERT_EQUAL(first, demo_->start(body)->actions().text());
        size_t different = 0;
        for (uint8_t seed = 0; seed < 16; ++seed)
            different += demo_->start(body, 0, seed)->actions().text() != first;
        CPPUNIT_ASSERT(different > 4);
    }

    void streamComesWordByWordAtItsPace()
    {
        const auto paced = demo_->plugin().channel("demo", "", "", R"({"pace":25,"first_word":200})");
        const auto exchange = demo_->start(*paced, DemoInHand::says("Hello"), SWY_START_STREAM);
        CPPUNIT_ASSERT(exchange->actions().deltas.empty());
        CPPUNIT_ASSERT_EQUAL(200u, exchange->actions().timers.at(0).delay);
        exchange->timer(exchange->actions().timers.at(0).id);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, exchange->actions().deltas.size());
        CPPUNIT_ASSERT_EQUAL(25u, exchange->actions().timers.at(0).delay);
        CPPUNIT_ASSERT_EQUAL(int64_t{-1}, exchange->actions().used(SWY_UNIT_OUTPUT));
        const uint64_t passed = exchange->runTimers();
        const Actions& did = exchange->actions();
        CPPUNIT_ASSERT(did.finished);
        CPPUNIT_ASSERT_EQUAL((did.deltas.size() - 1) * 25, static_cast<size_t>(passed));
        for (const DeltaSeen& delta : did.deltas)
            if (delta.kind == SWY_DELTA_TEXT)
                CPPUNIT_ASSERT_MESSAGE(delta.text, delta.text.find(' ', 1) == std::string::npos && !delta.text.empty());
        CPPUNIT_ASSERT_EQUAL(demo_->start(DemoInHand::says("Hello"))->actions().text(), did.text());
    }

    void wholeAnswerWaitsOnceOnly()
    {
        const auto paced = demo_->plugin().channel("demo", "", "", R"({"pace":25,"first_word":200})");
        const auto exchange = demo_->start(*paced, DemoInHand::says("Hello"));
        CPPUNIT_ASSERT_EQUAL(uint64_t{200}, exchange->runTimers());
        CPPUNIT_ASSERT(exchange->actions().finished);
    }

    void limitsAndStopsAreKept()
    {
        for (const char* limit :
             {R"("max_tokens":5)", R"("max_completion_tokens":5)", R"("max_tokens":9,"max_completion_tokens":5)"})
        {
            const auto exchange = demo_->start(DemoInHand::says("Hello", limit));
            CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_OUTPUT) <= 5);
            CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_OUTPUT) >= 1);
            CPPUNIT_ASSERT_EQUAL(std::string("length"), DemoInHand::stopReason(exchange->actions()));
        }
        for (const char* stop : {R"("stop":"model")", R"("stop":["nothing like it","model"])"})
        {
            const auto exchange = demo_->start(DemoInHand::says("Hello", stop));
            CPPUNIT_ASSERT(exchange->actions().text().find("model") == std::string::npos);
            CPPUNIT_ASSERT(!exchange->actions().text().empty());
            CPPUNIT_ASSERT_EQUAL(std::string("stop"), DemoInHand::stopReason(exchange->actions()));
        }
    }

    void severalChoices()
    {
        const auto exchange = demo_->start(DemoInHand::says("Hello", R"("n":3)"));
        for (uint32_t choice = 0; choice < 3; ++choice)
        {
            CPPUNIT_ASSERT(!exchange->actions().text(SWY_DELTA_TEXT, choice).empty());
            CPPUNIT_ASSERT_EQUAL(std::string("stop"), DemoInHand::stopReason(exchange->actions(), choice));
        }
        CPPUNIT_ASSERT(exchange->actions().text(SWY_DELTA_TEXT, 3).empty());
    }

    void chineseIsAnsweredInChinese()
    {
        const auto exchange = demo_->start(DemoInHand::says("你好，流式输出怎么用？"));
        const std::string text = exchange->actions().text();
        CPPUNIT_ASSERT_MESSAGE(text, text.find("“你好，流式输出怎么用？”") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("服务器发送事件") != std::string::npos);
        size_t pieces = 0;
        for (const DeltaSeen& delta : exchange->actions().deltas)
        {
            pieces += delta.kind == SWY_DELTA_TEXT;
            CPPUNIT_ASSERT_EQUAL(std::string::npos, switchyard::sdk::firstNotUtf8(delta.text));
        }
        CPPUNIT_ASSERT(pieces > 30);
    }

    void partsAreAcknowledged()
    {
        const auto exchange = demo_->start(
            R"({"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},
                {"type":"image_url","image_url":{"url":"https://x.example/a.png"}},{"type":"input_audio","input_audio":{}}]}]})");
        const std::string text = exchange->actions().text();
        CPPUNIT_ASSERT_MESSAGE(text, text.find("“What is this?”") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("2 images") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("1 sound") != std::string::npos);
        CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_INPUT) >= 170);
    }

    void thinkingIsShownWhenAskedFor()
    {
        auto exchange = demo_->start(DemoInHand::says("Hello", R"("reasoning_effort":"high")"));
        CPPUNIT_ASSERT(!exchange->actions().text(SWY_DELTA_THINKING).empty());
        CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_REASONING) > 0);
        CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_REASONING) < exchange->actions().used(SWY_UNIT_OUTPUT));
        exchange = demo_->start(DemoInHand::says("Hello", R"("reasoning_effort":"none")"));
        CPPUNIT_ASSERT(exchange->actions().text(SWY_DELTA_THINKING).empty());
    }

    void completionsContinue()
    {
        StartWith with;
        with.operation = SWY_OP_COMPLETIONS;
        with.body = R"({"model":"demo","prompt":["The price of","a request"],"max_tokens":300})";
        const auto exchange = demo_->start(with);
        CPPUNIT_ASSERT(exchange->actions().finished);
        CPPUNIT_ASSERT(exchange->actions().text().find("ratio 0") != std::string::npos);
        CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_INPUT) > 0);
    }

    void modelsAreListed()
    {
        StartWith with;
        with.operation = SWY_OP_MODELS;
        with.body.clear();
        const auto exchange = demo_->start(with);
        CPPUNIT_ASSERT(exchange->actions().finished);
        const switchyard::sdk::JsonView list(exchange->actions().emitted);
        const swy_descriptor_t* said = demo_->plugin().provider("demo")->descriptor;
        for (uint32_t i = 0; i < said->model_count; ++i)
            CPPUNIT_ASSERT(list["data"].at(i)["id"].is(said->models[i]->name));
        CPPUNIT_ASSERT(!list["data"].at(said->model_count));
    }

    void failsOnRequest()
    {
        const struct
        {
            const char* status;
            uint32_t http, cause, scope;
        } rows[] = {
            {"400", 400, SWY_CAUSE_BAD_REQUEST, SWY_SCOPE_REQUEST},
            {"401", 401, SWY_CAUSE_AUTH, SWY_SCOPE_KEY},
            {"402", 402, SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"404", 404, SWY_CAUSE_NO_MODEL, SWY_SCOPE_MODEL},
            {"418", 418, SWY_CAUSE_BAD_REQUEST, SWY_SCOPE_REQUEST},
            {"429", 429, SWY_CAUSE_RATE, SWY_SCOPE_KEY},
            {"500", 500, SWY_CAUSE_UPSTREAM_BROKEN, SWY_SCOPE_CHANNEL},
            {"503", 503, SWY_CAUSE_OVERLOADED, SWY_SCOPE_CHANNEL},
        };
        for (const auto& row : rows)
        {
            const auto exchange =
                demo_->start(DemoInHand::says(std::string("Please FAIL with ") + row.status + "!"), SWY_START_STREAM);
            const Failed& failed = exchange->actions().fails.at(0);
            CPPUNIT_ASSERT_EQUAL(row.http, failed.httpStatus);
            CPPUNIT_ASSERT_EQUAL(row.cause, failed.cause);
            CPPUNIT_ASSERT_EQUAL(row.scope, failed.scope);
            CPPUNIT_ASSERT(!failed.type.empty() && !failed.code.empty() && !failed.message.empty());
            CPPUNIT_ASSERT(exchange->actions().deltas.empty());
        }
        CPPUNIT_ASSERT_EQUAL(int64_t{1000},
                             demo_->start(DemoInHand::says("please fail with 429"))->actions().fails.at(0).retryAfter);
        for (const char* harmless :
             {"please fail with 200", "please fail with grace", "fail with 429", "please fail with 4"})
            CPPUNIT_ASSERT_MESSAGE(harmless, demo_->start(DemoInHand::says(harmless))->actions().fails.empty());
        StartWith with;
        with.operation = SWY_OP_EMBEDDINGS;
        with.body = R"({"input":"please fail with 500"})";
        CPPUNIT_ASSERT_EQUAL(500u, demo_->start(with)->actions().fails.at(0).httpStatus);
    }

    void hangsOnRequest()
    {
        const auto exchange = demo_->start(DemoInHand::says("please hang"));
        for (int i = 0; i < 3; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(size_t{1}, exchange->actions().timers.size());
            exchange->runTimers(1);
        }
        CPPUNIT_ASSERT(!exchange->actions().finished);
        CPPUNIT_ASSERT(exchange->actions().deltas.empty());
        exchange->cancel(SWY_CANCEL_CLIENT_GONE);
    }

    void cutsTheStreamOnRequest()
    {
        auto exchange = demo_->start(DemoInHand::says("please cut the stream"), SWY_START_STREAM);
        CPPUNIT_ASSERT(exchange->actions().text().size() > 20);
        CPPUNIT_ASSERT_EQUAL(SWY_CAUSE_UPSTREAM_BROKEN, exchange->actions().fails.at(0).cause);
        CPPUNIT_ASSERT(!exchange->actions().finished);
        exchange = demo_->start(DemoInHand::says("please cut the stream"));
        CPPUNIT_ASSERT_EQUAL(502u, exchange->actions().fails.at(0).httpStatus);
        CPPUNIT_ASSERT(exchange->actions().deltas.empty());
    }

    void badFormsNameTheField()
    {
        for (const char* config : {R"({"pace":-1})", R"({"pace":"fast"})", R"({"pace":60001})"})
            CPPUNIT_ASSERT_THROW_MESSAGE(config, demo_->plugin().channel("demo", "", "", config), std::runtime_error);
        CPPUNIT_ASSERT(demo_->plugin().channel("demo", "", "", R"({"pace":60000,"region":""})"));
    }

    void offersWhatItKeeps()
    {
        const swy_descriptor_t* said = demo_->plugin().provider("demo")->descriptor;
        CPPUNIT_ASSERT_EQUAL(0u, said->type_number_count);
        CPPUNIT_ASSERT(said->default_base_url != nullptr);
        CPPUNIT_ASSERT(switchyard::sdk::checkJson(said->config_schema).problem == nullptr);
        for (const char* const* operation = said->operations; *operation; ++operation)
        {
            StartWith with;
            with.operation = *operation;
            with.body = R"({"messages":[{"role":"user","content":"x"}],"prompt":"x","input":"x"})";
            CPPUNIT_ASSERT_MESSAGE(*operation, demo_->start(with)->actions().finished);
        }
        StartWith other;
        other.operation = SWY_OP_MODERATIONS;
        CPPUNIT_ASSERT_EQUAL(SWY_CAUSE_UNSUPPORTED, demo_->start(other)->actions().fails.at(0).cause);
    }

private:
    std::unique_ptr<DemoInHand> demo_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(DemoTest);
