#include "relay/patch.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

/// The body with the prompt `be "kind"` forced; "-" where nothing is to be changed.
std::string forced(const std::string& body)
{
    auto index = scanBody(body);
    auto patched = withSystemPrompt(*index, "be \"kind\"\n");
    return patched ? std::string(patched->bytes()) : "-";
}

std::string modelled(const std::string& body)
{
    auto index = scanBody(body);
    auto patched = withModel(*index, "ada");
    return patched ? std::string(patched->bytes()) : "-";
}

std::string limited(const std::string& body)
{
    auto index = scanBody(body);
    return std::string(withOutputLimit(*index, index->model(), 20)->bytes());
}

} // namespace

class PatchTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PatchTest);
    CPPUNIT_TEST(systemMessageIsReplaced);
    CPPUNIT_TEST(systemMessageIsPutFirst);
    CPPUNIT_TEST(nothingWithoutMessages);
    CPPUNIT_TEST(modelIsAdded);
    CPPUNIT_TEST(outputLimitIsLowered);
    CPPUNIT_TEST(indexFitsTheNewBodyAndSurvivesAMove);
    CPPUNIT_TEST_SUITE_END();

public:
    void systemMessageIsReplaced()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({ "x" : 1e400, "messages": [ {"role":"system" , "content" : "be \"kind\"\n" ,"name":"n"}, {"role":"user"}] ,"seed":1.50})"),
                             forced(R"({ "x" : 1e400, "messages": [ {"role":"system" , "content" : [{"a":"\"]"}] ,"name":"n"}, {"role":"user"}] ,"seed":1.50})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"content":"be \"kind\"\n","role":"sys\u0074em"}]})"), forced(R"({"messages":[{"content":null,"role":"sys\u0074em"}]})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"content":"be \"kind\"\n","role":"system"}]})"), forced(R"({"messages":[{"role":"system"}]})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"role":"system","content":"be \"kind\"\n","content":"be \"kind\"\n"}]})"),
                             forced(R"({"messages":[{"role":"system","content":"a","content":"b"}]})"));
    }

    void systemMessageIsPutFirst()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"role":"system","content":"be \"kind\"\n"}, {"role":"user","content":"hi"},{"role":"system","content":"c"}],"z":[1, 2]})"),
                             forced(R"({"messages":[ {"role":"user","content":"hi"},{"role":"system","content":"c"}],"z":[1, 2]})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"role":"system","content":"be \"kind\"\n"},{}]})"), forced(R"({"messages":[{}]})"));
    }

    void nothingWithoutMessages()
    {
        for (const char* body : {"{}", R"({"messages":[]})", R"({"messages":null})", R"({"messages":"x"})", R"({"prompt":"x"})", "[]"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("-"), forced(body));
    }

    void modelIsAdded()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"( {"model":"ada", "input" : "x"})"), modelled(R"( { "input" : "x"})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"model":"ada"})"), modelled("{}"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"model":"ada","a":1})"), modelled(R"({"model":null,"a":1})"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), modelled(R"({"model":"m"})"));
    }

    void outputLimitIsLowered()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"model":"m","max_tokens":20})"), limited(R"({"model":"m","max_tokens":4096})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"model":"m","max_tokens":7})"), limited(R"({"model":"m","max_tokens":7})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"max_tokens":20,"max_completion_tokens":20})"),
                             limited(R"({"max_tokens":1e3,"max_completion_tokens":21})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"max_tokens":20,"model":"m"})"), limited(R"({"model":"m"})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"model":"m","max_tokens":20})"), limited(R"({"model":"m","max_tokens":null})"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"max_completion_tokens":20,"model":"o3-mini"})"), limited(R"({"model":"o3-mini"})"));
    }

    void indexFitsTheNewBodyAndSurvivesAMove()
    {
        auto index = scanBody(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})");
        auto patched = withSystemPrompt(*index, "p");
        PatchedBody moved = std::move(*patched);
        CPPUNIT_ASSERT_EQUAL(std::string("m"), std::string(moved.index().model()));
        CPPUNIT_ASSERT(moved.index().stream());
        CPPUNIT_ASSERT_EQUAL(std::string(R"([{"role":"system","content":"p"},{"role":"user","content":"hi"}])"), std::string(moved.index().value(Field::messages)));
        const char* behind = moved.bytes().data() + moved.bytes().size();
        CPPUNIT_ASSERT(std::all_of(behind, behind + kBodyPadding, [](char c) { return c == '\0'; }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PatchTest);
