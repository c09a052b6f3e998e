#include <switchyard/json.hpp>

#include <cppunit/extensions/HelperMacros.h>
#include <deque>
#include <string>
#include <vector>

using namespace switchyard::sdk;

namespace
{

// The index that the gateway hands over with a body.
struct Indexed
{
    explicit Indexed(std::string text) : body(std::move(text))
    {
        const JsonCheck check = checkJson(
            body, 128,
            [this](const JsonSpan& span)
            {
                std::string name;
                appendJsonUnescaped(name, body.substr(span.nameOffset + 1, span.nameSize - 2));
                names.push_back(name);
                members.push_back(
                    {{names.back().data(), names.back().size()}, span.nameOffset, span.valueOffset, span.valueSize});
            });
        CPPUNIT_ASSERT(check);
    }
    JsonPatch patch() const { return JsonPatch(body, members.data(), members.size()); }

    std::string body;
    std::deque<std::string> names;
    std::vector<swy_member_t> members;
};

std::string joined(const Indexed& from, JsonPatch& patch)
{
    std::string out;
    for (const swy_piece_t& piece : patch.pieces())
        out += piece.kind == SWY_PIECE_BYTES ? std::string(piece.bytes.data, piece.bytes.size)
                                             : from.body.substr(piece.offset, piece.size);
    return out;
}

} // namespace

class JsonTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JsonTest);
    CPPUNIT_TEST(settingReplacesOneValueAndNothingElse);
    CPPUNIT_TEST(settingAnAbsentMemberAddsItAtTheEnd);
    CPPUNIT_TEST(settingWithinKeepsTheOtherMembersOfTheObject);
    CPPUNIT_TEST(everyChoiceOfRemovalsLeavesValidJson);
    CPPUNIT_TEST(repeatedMembersAreAllChanged);
    CPPUNIT_TEST(piecesPointAtTheBodyForWhatIsUnchanged);
    CPPUNIT_TEST(manyEditsOutgrowTheInlineRoom);
    CPPUNIT_TEST(viewsReadValuesInPlace);
    CPPUNIT_TEST(viewsReadMalformedTextAsMissing);
    CPPUNIT_TEST(numbersAreWholeOrMissing);
    CPPUNIT_TEST(stringsSurviveEscapingAndBack);
    CPPUNIT_TEST(unescapingMendsHalfSurrogates);
    CPPUNIT_TEST(checkAcceptsWhatTheStandardAccepts);
    CPPUNIT_TEST(checkRefusesWithTheOffset);
    CPPUNIT_TEST(deepNestingIsRefusedWithoutRecursion);
    CPPUNIT_TEST_SUITE_END();

public:
    void settingReplacesOneValueAndNothingElse()
    {
        const Indexed from(R"( { "model" : "gpt-4o" , "n":1.0e5, "x":12345678901234567890123 } )");
        JsonPatch patch = from.patch();
        CPPUNIT_ASSERT(!patch.changed());
        patch.setText("model", "a\"b");
        CPPUNIT_ASSERT(patch.changed());
        CPPUNIT_ASSERT_EQUAL(std::string(R"( { "model" : "a\"b" , "n":1.0e5, "x":12345678901234567890123 } )"),
                             joined(from, patch));
        CPPUNIT_ASSERT_EQUAL(joined(from, patch), patch.whole());
        CPPUNIT_ASSERT_EQUAL(std::string("gpt-4o"), patch.value("model").text());
    }

    void settingAnAbsentMemberAddsItAtTheEnd()
    {
        for (const auto& [body, expected] :
             {std::pair<std::string, std::string>{"{}", R"({"stream_options":{"include_usage":true}})"},
              {"{ }", R"({"stream_options":{"include_usage":true} })"},
              {R"({"a":1 })", R"({"a":1,"stream_options":{"include_usage":true} })"}})
        {
            const Indexed from(body);
            JsonPatch patch = from.patch();
            patch.setWithin("stream_options", "include_usage", "true");
            CPPUNIT_ASSERT_EQUAL(expected, joined(from, patch));
        }
    }

    void settingWithinKeepsTheOtherMembersOfTheObject()
    {
        const Indexed from(R"({"o":{"a" : [1,{}], "include_usage":false},"p":null,"q":1})");
        JsonPatch patch = from.patch();
        patch.setWithin("o", "include_usage", "true");
        patch.setWithin("o", "b", "2");
        patch.setWithin("p", "b", "3");
        patch.setWithin("r", "c", "4");
        patch.setWithin("r", "d", "5");
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"o":{"a":[1,{}],"include_usage":true,"b":2},"p":{"b":3},"q":1,"r":{"c":4,"d":5}})"),
            joined(from, patch));
    }

    void everyChoiceOfRemovalsLeavesValidJson()
    {
        const Indexed from(R"({"a":1, "b" :[1,2] ,"c":{"x":","}, "d":"}", "e":null})");
        for (unsigned mask = 0; mask < 32; ++mask)
            for (const bool add : {false, true})
            {
                JsonPatch patch = from.patch();
                for (size_t i = 0; i < 5; ++i)
                    if (mask >> i & 1) patch.remove(from.names[i]);
                if (add) patch.set("new", "[true]");
                const std::string out = joined(from, patch);
                CPPUNIT_ASSERT_EQUAL(out, patch.whole());
                CPPUNIT_ASSERT_MESSAGE(out, checkJson(out));
                for (size_t i = 0; i < 5; ++i)
                    CPPUNIT_ASSERT_MESSAGE(out, static_cast<bool>(JsonView(out)[from.names[i]]) == !(mask >> i & 1));
                CPPUNIT_ASSERT_EQUAL(add, JsonView(out)["new"].isArray());
            }
    }

    void repeatedMembersAreAllChanged()
    {
        const Indexed from(R"({"a":1,"\u0061":2,"b":3})");
        JsonPatch patch = from.patch();
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, patch.value("a").integer());
        patch.set("a", "9");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":9,"\u0061":9,"b":3})"), patch.whole());
        patch.remove("a");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"b":3})"), patch.whole());
    }

    void piecesPointAtTheBodyForWhatIsUnchanged()
    {
        const Indexed from(R"({"messages":[")" + std::string(100000, 'x') + R"("],"model":"a","stream":true})");
        JsonPatch patch = from.patch();
        patch.setText("model", "b");
        size_t copied = 0;
        for (const swy_piece_t& piece : patch.pieces())
            copied += piece.bytes.size;
        CPPUNIT_ASSERT_EQUAL(size_t{3}, patch.pieces().size());
        CPPUNIT_ASSERT_EQUAL(size_t{3}, copied);
    }

    void manyEditsOutgrowTheInlineRoom()
    {
        const Indexed from(R"({"a":1})");
        JsonPatch patch = from.patch();
        for (int i = 0; i < 100; ++i)
            patch.setText("member" + std::to_string(i), std::string(50, 'v'));
        patch.remove("member7");
        const std::string out = joined(from, patch);
        CPPUNIT_ASSERT(checkJson(out));
        CPPUNIT_ASSERT(!JsonView(out)["member7"]);
        CPPUNIT_ASSERT_EQUAL(std::string(50, 'v'), JsonView(out)["member99"].text());
    }

    void viewsReadValuesInPlace()
    {
        const std::string text =
            R"({"choices":[{"delta":{"content":"h\u00e9 \"x\""}},{"x":1}],"usage":{"total":7},"t":true,"z":null})";
        const JsonView view(text);
        CPPUNIT_ASSERT_EQUAL(std::string("h\xC3\xA9 \"x\""), view["choices"].at(0)["delta"]["content"].text());
        CPPUNIT_ASSERT_EQUAL(int64_t{7}, view["usage"]["total"].integer());
        CPPUNIT_ASSERT(view["t"].isTrue() && view["z"].isNull() && !view["none"]["deeper"].at(3));
        size_t count = 0;
        for (const JsonView& choice : view["choices"].elements())
            count += choice.isObject() ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(size_t{2}, count);
        std::string scratch;
        const JsonView plain(R"("abc")");
        CPPUNIT_ASSERT(plain.text(scratch).data() == plain.json().data() + 1);
        CPPUNIT_ASSERT(plain.is("abc") && JsonView(R"("\u0061bc")").is("abc"));
    }

    void viewsReadMalformedTextAsMissing()
    {
        const std::string good = R"({"a":[1,{"b":"c\"d"}],"e":{"f":12}})";
        for (size_t size = 0; size < good.size(); ++size)
        {
            const std::string cut = good.substr(0, size); // its own memory: a read past the end is seen by asan
            CPPUNIT_ASSERT(!JsonView(cut)["e"]["f"]);
        }
        for (const char* bad : {"{", "{\"a\"", "{\"a\":", "{\"a\":}", "{a:1}", "[", "\"", "\"\\", "{\"a\":\"\\", "]",
                                "{]", ",", "{\"a\" 1}"})
        {
            CPPUNIT_ASSERT(!JsonView(bad)["a"].isNumber());
            for (const JsonView& element : JsonView(bad).elements())
                CPPUNIT_ASSERT(element);
        }
    }

    void numbersAreWholeOrMissing()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{9223372036854775807}, JsonView("9223372036854775807").integer());
        CPPUNIT_ASSERT_EQUAL(int64_t{12}, JsonView("12.0").integer());
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, JsonView("1e3").integer());
        for (const char* bad : {"9223372036854775808", "1.5", "1e999", "\"1\"", "null", "true", "{}", "", "-"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(bad, int64_t{-7}, JsonView(bad).integer(-7));
    }

    void stringsSurviveEscapingAndBack()
    {
        std::string all;
        for (unsigned code = 0; code < 0x800; ++code)
            appendUtf8(all, code);
        appendUtf8(all, 0xFFFF);
        appendUtf8(all, 0x1F600);
        const std::string quoted = jsonString(all);
        CPPUNIT_ASSERT(checkJson(quoted));
        CPPUNIT_ASSERT(JsonView(quoted).text() == all);
        CPPUNIT_ASSERT_EQUAL(std::string("\"a\xEF\xBF\xBD"
                                         "b\xEF\xBF\xBD\xEF\xBF\xBD\""),
                             jsonString("a\xFF"
                                        "b\xE4\xBD"));
    }

    void unescapingMendsHalfSurrogates()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("\xF0\x9F\x98\x80"), JsonView(R"("\ud83d\ude00")").text());
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBDx"), JsonView(R"("\ud83dx")").text());
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBD\xEF\xBF\xBD"), JsonView(R"("\ude00\ud83d")").text());
    }

    void checkAcceptsWhatTheStandardAccepts()
    {
        for (const char* good :
             {"{}", "[]", " [ ] ", "0", "-0", "1.5e-7", "1E+2", "\"\"", "true", "null", "[1,2,{\"a\":[]}]",
              "\"\\u00e9\\/\"", "{\"a\":{},\"b\":[{}]}", "123456789012345678901234567890"})
            CPPUNIT_ASSERT_MESSAGE(good, checkJson(good));
    }

    void checkRefusesWithTheOffset()
    {
        const std::vector<std::pair<std::string, size_t>> bad = {
            {"", 0},           {"{", 1},         {"[1,]", 3},
            {"{\"a\":1,}", 7}, {"{\"a\" 1}", 5}, {"[1 2]", 3},
            {"01", 1},         {"1.", 2},        {"-", 1},
            {"1e", 2},         {"tru", 0},       {"\"a", 2},
            {"\"\t\"", 1},     {"\"\\x\"", 2},   {"\"\\u12g4\"", 2},
            {"{} x", 3},       {"\"\xFF\"", 1},  {"\"\xED\xA0\x80\"", 1},
            {"{a:1}", 1},      {"[1}", 2},       {"nan", 0},
            {"{\"a\":1]", 6},  {".5", 0},        {"'a'", 0}};
        for (const auto& [text, offset] : bad)
        {
            const JsonCheck check = checkJson(text);
            CPPUNIT_ASSERT_MESSAGE(text, !check);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text + ": " + check.problem, offset, check.offset);
        }
        const std::string good = R"({"a":[1,-2.5e3,"\u00e9\n"],"b":{"c":null}})";
        for (size_t size = 0; size < good.size(); ++size)
            CPPUNIT_ASSERT(!checkJson(good.substr(0, size)));
    }

    void deepNestingIsRefusedWithoutRecursion()
    {
        CPPUNIT_ASSERT(checkJson(std::string(128, '[') + std::string(128, ']')));
        CPPUNIT_ASSERT_EQUAL(size_t{128}, checkJson(std::string(100000, '[')).offset);
        const std::string deep = "{\"a\":" + std::string(1000000, '[') + std::string(1000000, ']') + ",\"b\":1}";
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, JsonView(deep)["b"].integer());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);
