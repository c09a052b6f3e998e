#include "relay/prompt_size.h"

#include "base/text.h"
#include "relay/image_size.h"
#include "switchyard/provider.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <string>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

ledger::Vocabularies& vocabularies()
{
    static ledger::Vocabularies all;
    return all;
}

int64_t count(std::string_view body, std::string_view model = "gpt-4o", std::string_view operation = SWY_OP_CHAT)
{
    const auto index = scanBody(body);
    CPPUNIT_ASSERT_MESSAGE(std::string(body), index.ok());
    return countPrompt(vocabularies(), operation, model, *index);
}

int64_t tokensOf(std::string_view text) // of gpt-4o
{
    return static_cast<int64_t>(ledger::countTokens(vocabularies(), ledger::Encoding::o200k, text));
}

std::string base64(std::string_view bytes)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3)
    {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (int k = 18; k >= 0; k -= 6)
            out += alphabet[bits >> k & 63];
    }
    return out;
}

std::string png(unsigned width, unsigned height)
{
    std::string bytes("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16);
    for (const unsigned value : {width, height})
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(value >> shift);
    return bytes + std::string(100, '\x11');
}

std::string jpeg(unsigned width, unsigned height, size_t before)
{
    std::string bytes("\xFF\xD8");
    for (; before > 0; before -= std::min<size_t>(before, 60'000))
    {
        const size_t size = std::min<size_t>(before, 60'000) + 2;
        bytes += std::string("\xFF\xE1") + static_cast<char>(size >> 8) + static_cast<char>(size);
        bytes += std::string(size - 2, 'e');
    }
    bytes += std::string("\xFF\xC4\x00\x03q\xFF\xC2\x00\x11\x08", 10);
    for (const unsigned value : {height, width})
        bytes += {static_cast<char>(value >> 8), static_cast<char>(value)};
    return bytes + std::string(40, 'd');
}

std::string url(std::string_view bytes, std::string_view type = "png")
{
    return "\"data:image/" + std::string(type) + ";base64," + base64(bytes) + "\"";
}

std::string withImage(const std::string& image) // what stands behind "image_url":
{
    return R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":)" + image + "}]}]}";
}

} // namespace

class PromptSizeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PromptSizeTest);
    CPPUNIT_TEST(thePublishedExamplesCountAsPublished);
    CPPUNIT_TEST(everythingThatAModelReadsCounts);
    CPPUNIT_TEST(inputsAndPromptsOfAllFormsCount);
    CPPUNIT_TEST(picturesCountByTheirSize);
    CPPUNIT_TEST(sizesAreReadFromAllKindsOfPictures);
    CPPUNIT_TEST(brokenPicturesHaveNoSize);
    CPPUNIT_TEST(noCountIsAboveTheBound);
    CPPUNIT_TEST_SUITE_END();

public:
    void thePublishedExamplesCountAsPublished()
    {
        const std::string messages =
            R"([{"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
            {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
            {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
            {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
            {"role":"system","name":"example_assistant","content":[{"type":"text","text":"Let's talk later when we're less busy about how to do better."}]},
            {"role":"user","content":"This late pivot means we don\u0027t have time to boil the ocean for the client deliverable."}])";
        const std::string body = "{\"messages\":" + messages + "}";
        CPPUNIT_ASSERT_EQUAL(int64_t{124}, count(body, "gpt-4o"));
        CPPUNIT_ASSERT_EQUAL(int64_t{129}, count(body, "gpt-4"));
        CPPUNIT_ASSERT_EQUAL(int64_t{127}, count(body, "gpt-3.5-turbo-0301"));

        const std::string weather =
            R"({"messages":[{"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
            {"role":"user","content":"What's the weather like in San Francisco?"}],
            "tools":[{"type":"function","function":{"name":"get_current_weather","description":"Get the current weather in a given location",
            "parameters":{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
            "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}}}]})";
        CPPUNIT_ASSERT_EQUAL(int64_t{101}, count(weather, "gpt-4o"));
        CPPUNIT_ASSERT_EQUAL(int64_t{105}, count(weather, "gpt-4"));
    }

    void everythingThatAModelReadsCounts()
    {
        const int64_t bare = count(R"({"messages":[{"role":"assistant","content":null}]})");
        CPPUNIT_ASSERT_EQUAL(int64_t{3 + 3 + 1}, bare);
        const std::string words = "Reasoning is a long word";
        for (const char* member : {R"("content":"@")", R"("refusal":"@")", R"("reasoning_content":"@")",
                                         R"("content":[{"type":"text","text":"@"}])",
                                         R"("tool_calls":[{"id":"call_1","type":"function","function":{"name":"","arguments":"@"}}])",
                                         R"("function_call":{"name":"@","arguments":""})"})
        {
            std::string body = R"({"messages":[{"role":"assistant",)";
            for (const char* c = member; *c; ++c)
                *c == '@' ? body += words : body += *c;
            body += "}]}";
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, bare + tokensOf(words), count(body));
        }
        const std::string schema = R"({"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}})";
        CPPUNIT_ASSERT_EQUAL(bare + tokensOf(schema),
                             count(R"({"messages":[{"role":"assistant"}],"response_format":)" + schema + "}"));
        CPPUNIT_ASSERT(count(R"({"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}]})") > 4000);
        const std::string sound(200'000, 'A');
        CPPUNIT_ASSERT(count(R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":")" + sound +
                             R"(","format":"mp3"}}]}]})") > 2000);
    }

    void inputsAndPromptsOfAllFormsCount()
    {
        const int64_t two = tokensOf("hello world");
        CPPUNIT_ASSERT_EQUAL(two, count(R"({"input":"hello world"})", "gpt-4o", SWY_OP_EMBEDDINGS));
        CPPUNIT_ASSERT_EQUAL(2 * two, count(R"({"input":["hello world","hello world"]})", "gpt-4o", SWY_OP_EMBEDDINGS));
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, count(R"({"input":[1, 200000, 3]})", "gpt-4o", SWY_OP_EMBEDDINGS));
        CPPUNIT_ASSERT_EQUAL(int64_t{5}, count(R"({"input":[[1,2],[3,4,5]]})", "gpt-4o", SWY_OP_EMBEDDINGS));
        CPPUNIT_ASSERT_EQUAL(two, count(R"({"input":[{"type":"text","text":"hello world"}]})", "gpt-4o", SWY_OP_MODERATIONS));
        CPPUNIT_ASSERT_EQUAL(two, count(R"({"prompt":"hello world"})", "gpt-4o", SWY_OP_COMPLETIONS));
        CPPUNIT_ASSERT_EQUAL(2 * two, count(R"({"prompt":["hello world","hello world"]})", "gpt-4o", SWY_OP_COMPLETIONS));
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, count("{}", "gpt-4o", SWY_OP_EMBEDDINGS));
    }

    void picturesCountByTheirSize()
    {
        const int64_t form = 3 + 3 + 1;
        CPPUNIT_ASSERT_EQUAL(form + 765, count(withImage("{\"url\":" + url(png(1024, 1024)) + "}")));
        CPPUNIT_ASSERT_EQUAL(form + 1105, count(withImage("{\"detail\":\"high\",\"url\":" + url(png(2048, 4096)) + "}")));
        CPPUNIT_ASSERT_EQUAL(form + 85, count(withImage("{\"url\":" + url(png(1024, 1024)) + ",\"detail\":\"low\"}")));
        CPPUNIT_ASSERT_EQUAL(form + 765, count(withImage(url(png(1024, 1024))))); // a bare text is a form, too
        CPPUNIT_ASSERT_EQUAL(form + 25'501, count(withImage("{\"url\":" + url(png(1024, 1024)) + "}"), "gpt-4o-mini"));
        CPPUNIT_ASSERT_EQUAL(form + 85 + 8 * 170, count(withImage(R"({"url":"https://example.com/a.png"})")));
        CPPUNIT_ASSERT_EQUAL(form + 85, count(withImage(R"({"url":"https://example.com/a.png","detail":"low"})")));
    }

    void sizesAreReadFromAllKindsOfPictures()
    {
        const auto assertSize = [](const std::string& bytes) {
            const auto size = imageSizeOfDataUrl(url(bytes));
            CPPUNIT_ASSERT(size);
            CPPUNIT_ASSERT_EQUAL(int64_t{640}, size->width);
            CPPUNIT_ASSERT_EQUAL(int64_t{480}, size->height);
        };
        assertSize(png(640, 480));
        for (const size_t before : {size_t{0}, size_t{3000}, size_t{70'000}, size_t{150'000}})
            assertSize(jpeg(640, 480, before));
        const auto assertHead = [&](std::initializer_list<std::string_view> parts) {
            std::string bytes;
            for (const std::string_view part : parts)
                bytes.append(part);
            assertSize(bytes.append(40, '\x22'));
        };
        assertHead({std::string_view("GIF89a\x80\x02\xE0\x01", 10)});
        const std::string_view riff("RIFF\0\0\0\0WEBP", 12);
        assertHead({riff, std::string_view("VP8X\x0A\0\0\0\x10\0\0\0\x7F\x02\0\xDF\x01\0", 18)});
        assertHead({riff, std::string_view("VP8 \0\0\0\0\0\0\0\x9D\x01\x2A\x80\x02\xE0\x01", 18)});
        // 14 bits of width - 1, then 14 of height - 1.
        constexpr uint32_t bits = 639u | 479u << 14;
        const char packed[4] = {static_cast<char>(bits), static_cast<char>(bits >> 8), static_cast<char>(bits >> 16),
                                static_cast<char>(bits >> 24)};
        assertHead({riff, std::string_view("VP8L\0\0\0\0\x2F", 9), std::string_view(packed, 4)});
        // PHP and others write \/ for a slash.
        std::string escaped = "\"data:image\\/png;base64,";
        for (const char c : base64(png(640, 480)))
            (c == '/' ? escaped += '\\' : escaped) += c;
        CPPUNIT_ASSERT_EQUAL(int64_t{640}, imageSizeOfDataUrl(escaped + "\"")->width);
    }

    void brokenPicturesHaveNoSize()
    {
        for (const std::string& bytes : {std::string(), std::string("BM0123456789012345678901234567890"), png(0, 7), png(640, 480).substr(0, 20),
                                         jpeg(640, 480, 300'000), std::string("\xFF\xD8\xFF\xDA\0\x08..........", 16),
                                         std::string("RIFF\0\0\0\0WEBPVP9 ................", 32)})
            CPPUNIT_ASSERT(!imageSizeOfDataUrl(url(bytes)));
        for (const char* literal : {"\"https://example.com/\"", "\"data:image/png,abc\"", "\"data:image/png;base64\"", "\"", "", "null"})
            CPPUNIT_ASSERT_MESSAGE(literal, !imageSizeOfDataUrl(literal));
        const std::string whole = url(jpeg(640, 480, 20));
        for (size_t cut = 2; cut < whole.size(); ++cut)
            imageSizeOfDataUrl(whole.substr(0, cut) + "\""); // ends, whatever it says
    }

    void noCountIsAboveTheBound()
    {
        std::minstd_rand random(17);
        const auto text = [&random] {
            std::string out = "\"";
            for (unsigned i = random() % 30; i > 0; --i)
                switch (random() % 8)
                {
                case 0: out += "\\u4f60"; break;
                case 1: out += "\xF0\x9F\x91\x8D"; break;
                case 2: out += "\\n"; break;
                case 3: out += " word"; break;
                case 4: out += static_cast<char>('0' + random() % 10); break;
                default: out += static_cast<char>('a' + random() % 26); break;
                }
            return out + "\"";
        };
        for (int round = 0; round < 3000; ++round)
        {
            std::string body = "{\"messages\":[";
            for (unsigned i = random() % 5; i > 0; --i)
            {
                body += "{\"role\":" + text() + ",\"content\":" + text();
                if (random() % 2) body += ",\"name\":" + text();
                if (random() % 3 == 0) body += ",\"tool_calls\":[{\"function\":{\"name\":" + text() + ",\"arguments\":" + text() + "}}]";
                body += i > 1 ? "}," : "}";
            }
            body += "],\"tools\":[";
            for (unsigned i = random() % 4; i > 0; --i)
            {
                body += "{\"function\":{\"name\":" + text() + ",\"parameters\":{\"properties\":{";
                for (unsigned k = random() % 6; k > 0; --k)
                {
                    body += text() + ":{";
                    if (random() % 2) body += "\"type\":" + text() + ",";
                    if (random() % 3 == 0) body += "\"enum\":[1,2,3,4,5,\"\",\"\"],";
                    body += k > 1 ? "\"description\":\"\"}," : "\"items\":{\"properties\":{\"a\":{}}}}";
                }
                body += i > 1 ? "}}}}," : "}}}}";
            }
            body += "]}";
            const auto index = scanBody(body);
            CPPUNIT_ASSERT_MESSAGE(body, index.ok());
            for (const char* model : {"gpt-4o", "gpt-4"})
                CPPUNIT_ASSERT_MESSAGE(body, countPrompt(vocabularies(), SWY_OP_CHAT, model, *index) <= promptAtMost(*index));
        }
        CPPUNIT_ASSERT(promptAtMost(*scanBody(withImage(R"({"url":"a"})"))) < 0);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PromptSizeTest);
