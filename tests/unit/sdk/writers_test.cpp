#include <switchyard/answer_deltas.hpp>
#include <switchyard/exchange.hpp>
#include <switchyard/json_dom.hpp>
#include <switchyard/multipart.hpp>
#include <switchyard/rng.hpp>

#include <cppunit/extensions/HelperMacros.h>
#include <set>
#include <string>
#include <vector>

using namespace switchyard::sdk;

namespace
{

std::string text(swy_given_t given) { return given.size ? std::string(given.data, given.size) : std::string(); }

} // namespace

class WritersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WritersTest);
    CPPUNIT_TEST(formsKeepFilesAsRangesOfTheClientsBody);
    CPPUNIT_TEST(namesInFormsCannotBreakOut);
    CPPUNIT_TEST(generatorRepeatsItselfFromOneSeed);
    CPPUNIT_TEST(generatorsResultsAreSpread);
    CPPUNIT_TEST(wholeAnswersBecomeDeltas);
    CPPUNIT_TEST(usageIsReadWhereItIsTold);
    CPPUNIT_TEST(treesAreParsedWithADepthLimit);
    CPPUNIT_TEST_SUITE_END();

public:
    void formsKeepFilesAsRangesOfTheClientsBody()
    {
        const std::string client = "xxxxFILE CONTENTyyyy";
        MultipartWriter form("B0undary");
        form.field("model", "whisper-1");
        form.clientFile("file", "a.wav", "audio/wav", 4, 12);
        form.field("language", "de");
        std::string body;
        size_t ranges = 0;
        for (const swy_piece_t& piece : form.finish())
        {
            ranges += piece.kind == SWY_PIECE_CLIENT_BODY ? 1 : 0;
            body += piece.kind == SWY_PIECE_BYTES ? text(piece.bytes) : client.substr(piece.offset, piece.size);
        }
        CPPUNIT_ASSERT_EQUAL(size_t{1}, ranges);
        CPPUNIT_ASSERT_EQUAL(std::string("multipart/form-data; boundary=B0undary"), form.contentType());
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "--B0undary\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
                "--B0undary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\ncontent-type: "
                "audio/wav\r\n\r\nFILE CONTENT\r\n"
                "--B0undary\r\ncontent-disposition: form-data; name=\"language\"\r\n\r\nde\r\n--B0undary--\r\n"),
            body);
    }

    void namesInFormsCannotBreakOut()
    {
        MultipartWriter form("B");
        form.clientFile("f\"\r\nx: y", "n\"\n", "a/b\r\nx: y", 0, 0);
        const std::string head = text(form.finish()[0].bytes);
        CPPUNIT_ASSERT(head.find("name=\"f%22%0D%0Ax: y\"; filename=\"n%22%0A\"") != std::string::npos);
        CPPUNIT_ASSERT(head.find("content-type: a/bx: y\r\n") != std::string::npos);
    }

    void generatorRepeatsItselfFromOneSeed()
    {
        uint8_t seed[32] = {};
        SeededGenerator a(seed), b(seed);
        CPPUNIT_ASSERT_EQUAL(a.alphanumeric(40), b.alphanumeric(40));
        seed[31] = 1;
        SeededGenerator c(seed);
        CPPUNIT_ASSERT(a.next() != c.next());
    }

    void generatorsResultsAreSpread()
    {
        uint8_t seed[32] = {9};
        SeededGenerator generator(seed);
        size_t counts[7] = {};
        for (int i = 0; i < 70000; ++i)
            ++counts[generator.below(7)];
        for (const size_t count : counts)
            CPPUNIT_ASSERT(count > 9500 && count < 10500); // 5 standard deviations
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, generator.below(1));
    }

    void wholeAnswersBecomeDeltas()
    {
        const JsonView answer(
            R"({"choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"hm","content":"h\u00e9","refusal":null,)"
            R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
            R"({"id":"c2","function":{"name":"g","arguments":""}}]},"finish_reason":"tool_calls"},)"
            R"({"index":1,"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]})");
        std::vector<std::string> seen;
        answerDeltas(answer,
                     [&](const swy_delta_t& d)
                     {
                         seen.push_back(std::to_string(d.kind) + " " + std::to_string(d.choice) + "/" +
                                        std::to_string(d.block) + " " + text(d.text) + "|" + text(d.id) + "|" +
                                        text(d.name));
                     });
        const std::vector<std::string> expected = {"2 0/0 hm||",        "1 0/0 h\xC3\xA9||", "4 0/0 |c1|f",
                                                   "5 0/0 {\"a\":1}||", "4 0/1 |c2|g",       "9 0/0 ||tool_calls",
                                                   "6 1/0 no||",        "9 1/0 ||stop"};
        CPPUNIT_ASSERT(expected == seen);
        answerDeltas(JsonView("[]"),
                     [&](const swy_delta_t&) { CPPUNIT_FAIL("an answer of another form has no deltas"); });
    }

    void usageIsReadWhereItIsTold()
    {
        switchyard::Usage used;
        readUsage(
            JsonView(
                R"({"prompt_tokens":10,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":null})"),
            used);
        CPPUNIT_ASSERT_EQUAL(int64_t{10}, used.input);
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, used.output);
        CPPUNIT_ASSERT_EQUAL(int64_t{4}, used.cached);
        CPPUNIT_ASSERT_EQUAL(int64_t{-1}, used.reasoning);
    }

    void treesAreParsedWithADepthLimit()
    {
        rapidjson::Document document;
        CPPUNIT_ASSERT(parseJson(R"({"a":[1,{"b":null}]})", document));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":[1,{"b":null}]})"), writeJson(document));
        CPPUNIT_ASSERT(parseJson(std::string(128, '[') + std::string(128, ']'), document));
        CPPUNIT_ASSERT_EQUAL(size_t{128}, parseJson(std::string(1000000, '['), document).offset);
        CPPUNIT_ASSERT(!parseJson("[1e999999]", document));
        CPPUNIT_ASSERT(!parseJson("{\"a\":1} x", document));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WritersTest);
