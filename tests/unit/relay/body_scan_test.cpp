#include "relay/body_scan.h"

#include <cppunit/extensions/HelperMacros.h>

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <random>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

std::string problemOf(std::string_view body)
{
    auto index = scanBody(body);
    return index ? "" : std::to_string(index.error().offset) + ": " + std::string(index.error().reason.english);
}

size_t offsetOf(std::string_view body)
{
    auto index = scanBody(body);
    return index ? std::string_view::npos : index.error().offset;
}

/// Whether RapidJSON takes it: another parser's opinion, strict UTF-8, no recursion. Where it refuses what JSON's grammar
/// allows (a number beyond a double, half a surrogate pair) its opinion does not count.
bool rapidAccepts(const std::string& text, bool& stricter)
{
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> ignore;
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    const auto result = reader.Parse<flags>(input, ignore);
    stricter = result.Code() == rapidjson::kParseErrorNumberTooBig || result.Code() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid;
    return !result.IsError();
}

} // namespace

class BodyScanTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BodyScanTest);
    CPPUNIT_TEST(membersAreFoundByTheirPlaces);
    CPPUNIT_TEST(escapedNamesAreTheSameMember);
    CPPUNIT_TEST(modelIsUnescaped);
    CPPUNIT_TEST(streamOptionsAreRead);
    CPPUNIT_TEST(everyValueThatIsNotAnObjectIsToldApart);
    CPPUNIT_TEST(faultsAreNamedWithTheirByte);
    CPPUNIT_TEST(faultsInFieldsThatNobodyReadAreFound);
    CPPUNIT_TEST(membersThatTheGatewayReadsComeOnce);
    CPPUNIT_TEST(depthIsBounded);
    CPPUNIT_TEST(memberCountIsBounded);
    CPPUNIT_TEST(longNumbersStayText);
    CPPUNIT_TEST(utf8IsChecked);
    CPPUNIT_TEST(everyPrefixIsRefused);
    CPPUNIT_TEST(agreesWithRapidJsonOnMutations);
    CPPUNIT_TEST(indexSurvivesAMove);
    CPPUNIT_TEST_SUITE_END();

public:
    void membersAreFoundByTheirPlaces()
    {
        const std::string body = " { \"model\" : \"gpt-4o\" ,\n\"messages\":[{\"role\":\"user\"}],\"x\":1.50 }\n";
        auto index = scanBody(body);
        CPPUNIT_ASSERT(index.ok());
        CPPUNIT_ASSERT(index->isObject());
        CPPUNIT_ASSERT_EQUAL(size_t(3), index->members().size());
        CPPUNIT_ASSERT_EQUAL(uint64_t(3), index->members()[0].name_offset);
        CPPUNIT_ASSERT_EQUAL(uint64_t(13), index->members()[0].value_offset);
        CPPUNIT_ASSERT_EQUAL(uint64_t(8), index->members()[0].value_size);
        CPPUNIT_ASSERT_EQUAL(std::string("[{\"role\":\"user\"}]"), std::string(index->value(Field::messages)));
        CPPUNIT_ASSERT_EQUAL(std::string("1.50"), std::string(index->value(*index->find("x"))));
        CPPUNIT_ASSERT(index->find("y") == nullptr);
        CPPUNIT_ASSERT(index->find(Field::prompt) == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("gpt-4o"), std::string(index->model()));
        CPPUNIT_ASSERT(!index->stream());
    }

    void escapedNamesAreTheSameMember()
    {
        auto index = scanBody(R"({"mod\u0065l":"a","\u0073tream":true,"q\"\\\/\n":[]})");
        CPPUNIT_ASSERT(index.ok());
        CPPUNIT_ASSERT_EQUAL(std::string("a"), std::string(index->model()));
        CPPUNIT_ASSERT(index->stream());
        CPPUNIT_ASSERT(index->find("q\"\\/\n") != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("model"), std::string(index->members()[0].name.data, index->members()[0].name.size));
        CPPUNIT_ASSERT_EQUAL(size_t(13), offsetOf(R"({"model":"a","mod\u0065l":"b"})"));
    }

    void modelIsUnescaped()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a/b\xF0\x9F\x98\x80"), std::string(scanBody(R"({"model":"a\/b\ud83d\ude00"})")->model()));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(scanBody(R"({"model":7})")->model()));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(scanBody(R"({"model":{"model":"x"}})")->model()));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(scanBody(R"([{"model":"x"}])")->model()));
    }

    void streamOptionsAreRead()
    {
        CPPUNIT_ASSERT(scanBody(R"({"stream_options":{"include_usage":true}})")->includeUsage());
        CPPUNIT_ASSERT(scanBody(R"({"stream_options":{"x":{"include_usage":false},"include_usage" : true}})")->includeUsage());
        CPPUNIT_ASSERT(!scanBody(R"({"stream_options":{"include_usage":false}})")->includeUsage());
        CPPUNIT_ASSERT(!scanBody(R"({"stream_options":null,"other":{"include_usage":true}})")->includeUsage());
        CPPUNIT_ASSERT(!scanBody(R"({"stream_options":{"x":{"include_usage":true}}})")->includeUsage());
        CPPUNIT_ASSERT(!scanBody(R"({"stream":"true"})")->stream());
    }

    void everyValueThatIsNotAnObjectIsToldApart()
    {
        for (const char* body : {"[]", "[1,[2]]", "1", "\"x\"", "null", "true", " -0.5e+7 "})
        {
            auto index = scanBody(body);
            CPPUNIT_ASSERT_MESSAGE(body, index.ok());
            CPPUNIT_ASSERT_MESSAGE(body, !index->isObject());
            CPPUNIT_ASSERT_MESSAGE(body, index->members().empty());
        }
    }

    void faultsAreNamedWithTheirByte()
    {
        struct
        {
            const char* body;
            size_t offset;
        } rows[] = {
            {"", 0}, {"  ", 2}, {"{", 1}, {"{]", 1}, {"{\"a\"", 4}, {"{\"a\" 1}", 5}, {"{\"a\":}", 5}, {"{\"a\":1,}", 7},
            {"{\"a\":1 \"b\":2}", 7}, {"[1,]", 3}, {"[1 2]", 3}, {"[1}", 2}, {"{\"a\":1]", 6}, {"{a:1}", 1}, {"{'a':1}", 1},
            {"[01]", 2}, {"[1.]", 3}, {"[.5]", 1}, {"[-]", 2}, {"[1e]", 3}, {"[+1]", 1}, {"[nul]", 1}, {"[True]", 1},
            {"[\"a\\x\"]", 3}, {"[\"\\u12G4\"]", 2}, {"[\"\\ud83\"]", 2}, {"{\"a\":1}x", 7}, {"{} {}", 3}, {"[NaN]", 1},
            {"// c\n{}", 0}, {"\xEF\xBB\xBF{}", 0}, {"[\"abc", 5}, {"[\"ab\\", 5}, {"nulll", 4}, {"{\"a\":\"b\"", 8}, {"[1,", 3}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, row.offset, offsetOf(row.body));
        CPPUNIT_ASSERT_EQUAL(size_t(3), offsetOf(std::string_view("[\"a\nb\"]", 7)));
        CPPUNIT_ASSERT_EQUAL(size_t(3), offsetOf(std::string_view("[\"a\0b\"]", 7)));
        CPPUNIT_ASSERT_EQUAL(size_t(0), offsetOf(std::string_view("\0", 1)));
        CPPUNIT_ASSERT_EQUAL(size_t(2), offsetOf(std::string_view("{}\0", 3)));
    }

    void faultsInFieldsThatNobodyReadAreFound()
    {
        const std::string head = R"({"model":"m","messages":[{"role":"user","content":"hi"}],"metadata":{"a":[1,2,{"b":)";
        CPPUNIT_ASSERT_EQUAL(head.size() + 3, offsetOf(head + "12 x}]}}"));
        CPPUNIT_ASSERT_EQUAL(head.size(), offsetOf(head + "tru}]}}"));
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(head + "12}]}}"));
    }

    void membersThatTheGatewayReadsComeOnce()
    {
        for (const char* name : {"model", "stream", "stream_options", "messages", "prompt", "input", "n", "max_tokens", "max_completion_tokens"})
        {
            const std::string member = "\"" + std::string(name) + "\":1";
            auto twice = scanBody("{" + member + "," + member + "}");
            CPPUNIT_ASSERT_MESSAGE(name, !twice.ok());
            CPPUNIT_ASSERT_EQUAL(member.size() + 2, twice.error().offset);
            CPPUNIT_ASSERT_EQUAL(std::string(name), std::string(twice.error().member));
            CPPUNIT_ASSERT_MESSAGE(name, scanBody("{" + member + ",\"a\":{" + member + "," + member + "}}").ok());
        }
        CPPUNIT_ASSERT(scanBody(R"({"other":1,"other":2})").ok());
        CPPUNIT_ASSERT_EQUAL(std::string("2"), [] {
            auto index = scanBody(R"({"other":1,"other":2})");
            return std::string(index->value(*index->find("other")));
        }());
    }

    void depthIsBounded()
    {
        const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(nested(512)));
        CPPUNIT_ASSERT_EQUAL(size_t(512), offsetOf(nested(513)));
        CPPUNIT_ASSERT_EQUAL(size_t(512), offsetOf(nested(100000)));
        std::string objects;
        for (int i = 0; i < 512; ++i)
            objects += "{\"a\":";
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(objects + "1" + std::string(512, '}')));
        std::string mixed, closing;
        for (int i = 0; i < 255; ++i)
        {
            mixed += "[{\"a\":";
            closing += "}]";
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(mixed + "null" + closing));
        CPPUNIT_ASSERT_EQUAL(mixed.size() + 4, offsetOf(mixed + "null]" + closing));
    }

    void memberCountIsBounded()
    {
        std::string body = "{\"m0\":0";
        for (size_t i = 1; i < kMaxBodyMembers; ++i)
            body += ",\"m" + std::to_string(i) + "\":0";
        CPPUNIT_ASSERT_EQUAL(kMaxBodyMembers, scanBody(body + "}")->members().size());
        CPPUNIT_ASSERT_EQUAL(body.size() + 1, offsetOf(body + ",\"x\":0}"));
    }

    void longNumbersStayText()
    {
        const std::string number = "-1" + std::string(100000, '7') + ".25e+99999999999";
        auto index = scanBody("{\"seed\":" + number + "}");
        CPPUNIT_ASSERT(index.ok());
        CPPUNIT_ASSERT_EQUAL(number.size(), size_t(index->members()[0].value_size));
    }

    void utf8IsChecked()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf("{\"a\":\"\xC3\xA9 \xE4\xBD\xA0 \xF0\x9F\x98\x80\"}"));
        for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE4\xBD", "\xFF"})
            for (size_t before : {0u, 3u, 14u, 15u, 16u, 40u})
                CPPUNIT_ASSERT_EQUAL(before + 6, offsetOf("{\"a\":\"" + std::string(before, 'x') + bad + "\",\"b\":\"padding padding padding\"}"));
    }

    void everyPrefixIsRefused()
    {
        const std::string body = R"({"model":"gpt-4o\u00e9","messages":[{"role":"user","content":[{"type":"text","text":"a\"b"},1.5e-3,true,null]}],"stream":false})";
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(body));
        for (size_t cut = 0; cut < body.size(); ++cut)
        {
            const std::string prefix = body.substr(0, cut); // of its own, so that a sanitizer sees a read past it
            CPPUNIT_ASSERT_MESSAGE(prefix, !scanBody(prefix).ok());
            CPPUNIT_ASSERT_MESSAGE(prefix, offsetOf(prefix) <= cut);
        }
    }

    void agreesWithRapidJsonOnMutations()
    {
        const std::string seeds[] = {
            R"({"model":"gpt-4o","messages":[{"role":"user","content":"caf\u00e9 \n x"}],"n":-1.5e+3,"a":[true,false,null,[],{}]})",
            R"([{"a":"\\\"/","b":[0,-0,1e9,0.25]},"","\u0041"])", "{\"t\":\"\xE4\xBD\xA0\xC3\xA9\xF0\x9F\x98\x80 padding to more than sixteen\"}"};
        const std::string alphabet = "{}[]\",:\\/ \t\n0129.eE+-truefalsn\x01\x7F\x80\xC3\xA9\xED\xF0u";
        std::mt19937 random(7);
        int accepted = 0, refused = 0;
        for (int round = 0; round < 60000; ++round)
        {
            std::string text = seeds[random() % 3];
            for (unsigned changes = 1 + random() % 3; changes > 0; --changes)
            {
                const size_t at = random() % text.size();
                switch (random() % 3)
                {
                case 0: text[at] = alphabet[random() % alphabet.size()]; break;
                case 1: text.erase(at, 1 + random() % 3); break;
                default: text.insert(at, 1, alphabet[random() % alphabet.size()]);
                }
                if (text.empty()) text = " ";
            }
            const auto index = scanBody(text);
            const bool ours = index.ok();
            if (!ours && !index.error().member.empty()) continue; // grammatical, but a member comes twice
            (ours ? accepted : refused)++;
            bool stricter = false;
            const bool theirs = rapidAccepts(text, stricter);
            if (!stricter) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, theirs, ours);
        }
        CPPUNIT_ASSERT(accepted > 5000 && refused > 5000);
    }

    void indexSurvivesAMove()
    {
        const std::string body = R"({"mod\u0065l":"x\u0079"})";
        auto index = scanBody(body);
        BodyIndex moved = std::move(*index);
        CPPUNIT_ASSERT_EQUAL(std::string("xy"), std::string(moved.model()));
        CPPUNIT_ASSERT_EQUAL(std::string("model"), std::string(moved.members()[0].name.data, moved.members()[0].name.size));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BodyScanTest);
