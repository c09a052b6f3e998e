// Tool calls and structured answers of the demo model.
#include "demo_in_hand.h"

#include <cppunit/extensions/HelperMacros.h>

#include <map>
#include <set>

using namespace switchyard::testing;
using switchyard::sdk::JsonView;

namespace
{

const std::string kTools =
    R"("tools":[{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"type":"string"}}}}},
       {"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},
       "unit":{"type":"string","enum":["celsius","fahrenheit"]},"days":{"type":"integer","minimum":1,"maximum":7}},"required":["city","unit"]}}}])";

struct Call
{
    std::string id, name, arguments;
};

std::vector<Call> callsOf(const Actions& did)
{
    std::map<uint32_t, Call> calls;
    for (const DeltaSeen& delta : did.deltas)
    {
        if (delta.kind == SWY_DELTA_TOOL_BEGIN) calls[delta.block] = {delta.id, delta.name, {}};
        if (delta.kind == SWY_DELTA_TOOL_ARGUMENTS) calls[delta.block].arguments += delta.text;
    }
    std::vector<Call> list;
    for (auto& [block, call] : calls)
        list.push_back(call);
    return list;
}

} // namespace

class ToolsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ToolsTest);
    CPPUNIT_TEST(callsTheToolThatTheMessageAsksFor);
    CPPUNIT_TEST(talksWhereNothingAsksForATool);
    CPPUNIT_TEST(choiceForcesAndForbids);
    CPPUNIT_TEST(namedToolsAreCalledTogether);
    CPPUNIT_TEST(resultOfAToolIsTold);
    CPPUNIT_TEST(structuredAnswersFollowTheirSchema);
    CPPUNIT_TEST(jsonModeGivesAnObject);
    CPPUNIT_TEST(hostileSchemasEnd);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { demo_ = std::make_unique<DemoInHand>(); }
    void tearDown() override { demo_.reset(); }

    void callsTheToolThatTheMessageAsksFor()
    {
        const auto exchange = demo_->start(DemoInHand::says("What is the weather in Paris, in fahrenheit?", kTools));
        const auto calls = callsOf(exchange->actions());
        CPPUNIT_ASSERT_EQUAL(size_t{1}, calls.size());
        CPPUNIT_ASSERT_EQUAL(std::string("get_weather"), calls[0].name);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"city":"Paris","unit":"fahrenheit"})"), calls[0].arguments);
        CPPUNIT_ASSERT_EQUAL(std::string("call_"), calls[0].id.substr(0, 5));
        CPPUNIT_ASSERT_EQUAL(std::string("tool_calls"), DemoInHand::stopReason(exchange->actions()));
        CPPUNIT_ASSERT(exchange->actions().text().empty());
        CPPUNIT_ASSERT(exchange->actions().used(SWY_UNIT_OUTPUT) > 5);
    }

    void talksWhereNothingAsksForATool()
    {
        const auto exchange = demo_->start(DemoInHand::says("Hello there", kTools));
        CPPUNIT_ASSERT(callsOf(exchange->actions()).empty());
        CPPUNIT_ASSERT(!exchange->actions().text().empty());
    }

    void choiceForcesAndForbids()
    {
        const auto names = [&](const std::string& text, const std::string& choice)
        {
            std::string all;
            for (const Call& call :
                 callsOf(demo_->start(DemoInHand::says(text, kTools + R"(,"tool_choice":)" + choice))->actions()))
                all += call.name + " ";
            return all;
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), names("What is the weather?", R"("none")"));
        CPPUNIT_ASSERT_EQUAL(std::string("get_time "), names("Hello", R"("required")"));
        CPPUNIT_ASSERT_EQUAL(std::string("get_weather "), names("What weather?", R"("required")"));
        CPPUNIT_ASSERT_EQUAL(std::string("get_time "),
                             names("What weather?", R"({"type":"function","function":{"name":"get_time"}})"));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             names("What weather?", R"({"type":"function","function":{"name":"missing"}})"));
        CPPUNIT_ASSERT_EQUAL(std::string("get_weather "), names("What weather?", R"("auto")"));
    }

    void namedToolsAreCalledTogether()
    {
        const std::string text = "Use get_time and get_weather";
        CPPUNIT_ASSERT_EQUAL(size_t{2}, callsOf(demo_->start(DemoInHand::says(text, kTools))->actions()).size());
        CPPUNIT_ASSERT_EQUAL(
            size_t{1},
            callsOf(demo_->start(DemoInHand::says(text, kTools + R"(,"parallel_tool_calls":false)"))->actions())
                .size());
    }

    void resultOfAToolIsTold()
    {
        const auto exchange = demo_->start(
            R"({"messages":[{"role":"user","content":"weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
                "function":{"name":"get_weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"21 degrees"}],)" +
            kTools + "}");
        CPPUNIT_ASSERT(callsOf(exchange->actions()).empty());
        CPPUNIT_ASSERT(exchange->actions().text().find("21 degrees") != std::string::npos);
    }

    void structuredAnswersFollowTheirSchema()
    {
        const struct
        {
            const char* schema;
            const char* expected;
        } rows[] = {
            {R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["a","b"],"additionalProperties":false})",
             R"({"a":"demo a","b":1})"},
            {R"({"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"null"}}})",
             R"({"a":true,"b":null})"},
            {R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["b"]})",
             R"({"b":"demo b"})"},
            {R"({"type":"array","items":{"type":"number","minimum":2.5,"maximum":3},"minItems":2})", "[2.5,2.5]"},
            {R"({"type":"array","items":{"type":"string"},"maxItems":0})", "[]"},
            {R"({"enum":["x",2]})", R"("x")"},
            {R"({"const":{"k":[1]}})", R"({"k":[1]})"},
            {R"({"anyOf":[{"type":"null"},{"type":"integer","exclusiveMinimum":4}]})", "5"},
            {R"({"type":["null","integer"],"multipleOf":7,"minimum":8})", "14"},
            {R"({"type":"string","format":"date"})", R"("2025-01-31")"},
            {R"({"type":"string","maxLength":2})", R"("de")"},
            {R"({"type":"string","minLength":6})", R"("demo..")"},
            {R"({"$defs":{"p":{"type":"object","properties":{"n":{"type":"integer"}}}},"type":"object","properties":{"who":{"$ref":"#/$defs/p"}}})",
             R"({"who":{"n":1}})"},
            {R"({"allOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":{"const":2}}}]})", R"({"a":1,"b":2})"},
        };
        for (const auto& row : rows)
        {
            const std::string format =
                R"("response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":)" +
                std::string(row.schema) + "}}";
            const auto exchange = demo_->start(DemoInHand::says("Give me one", format));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.schema, std::string(row.expected), exchange->actions().text());
        }
    }

    void jsonModeGivesAnObject()
    {
        const auto exchange =
            demo_->start(DemoInHand::says("Say \"hi\" as JSON", R"("response_format":{"type":"json_object"})"));
        const std::string text = exchange->actions().text();
        CPPUNIT_ASSERT(switchyard::sdk::checkJson(text).problem == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("Say \"hi\" as JSON"), JsonView(text)["message"].text());
    }

    void hostileSchemasEnd()
    {
        const char* schemas[] = {
            R"({"$ref":"#"})",
            R"({"$defs":{"a":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"})",
            R"({"type":"object","properties":{"me":{"$ref":"#"}},"required":["me"]})",
            R"({"type":"array","minItems":1000000000000,"items":{"type":"string","minLength":1000000000000}})",
            R"({"type":"number","multipleOf":1e-300,"minimum":1e300})",
            R"({"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"},"d":{"$ref":"#"},"e":{"$ref":"#"},"f":{"$ref":"#"}}})",
            R"({"type":"array","minItems":64,"items":{"$ref":"#"}})",
            R"({"anyOf":[]})",
            R"({"type":7})",
            "true",
        };
        for (const char* schema : schemas)
        {
            const std::string format =
                R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)" + std::string(schema) +
                "}}";
            const auto exchange = demo_->start(DemoInHand::says("Give me one", format));
            CPPUNIT_ASSERT_MESSAGE(schema, exchange->actions().finished);
            CPPUNIT_ASSERT_MESSAGE(schema, switchyard::sdk::checkJson(exchange->actions().text()).problem == nullptr);
            CPPUNIT_ASSERT_MESSAGE(schema, exchange->actions().text().size() < 1000000);
        }
    }

private:
    std::unique_ptr<DemoInHand> demo_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ToolsTest);
